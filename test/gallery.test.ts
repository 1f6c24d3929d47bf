// The whole gallery in one file, for a look at some of it by name; what runs with all tests is shared
// out to the files of `gallery/`, for as many workers.
import { names, tested } from './support/gallery.ts';

tested(names);
