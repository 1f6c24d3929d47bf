// The scenarios of the gallery, part 2 of 4: a file is run by one worker.
import { shareOf, tested } from '../support/gallery.ts';

tested(shareOf(1, 4));
