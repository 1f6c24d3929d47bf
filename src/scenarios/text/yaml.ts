/** What dsim uses of the `yaml` package: imported here alone, so that the program holds it once. */
export {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  parse,
  parseAllDocuments,
  parseDocument,
  visit,
} from 'yaml';
