/** Where the sources say what a person may want to know; pino's shape. */
export interface EdgeLog {
  debug(details: object, message: string): void
  warn(details: object, message: string): void
}
