import { logistic } from './logistic.ts'

/** The family of online learners, by name. */
export const learners = { logistic }
