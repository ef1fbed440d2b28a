import { accuracy } from './accuracy.ts'
import { bias } from './bias.ts'
import { brier } from './brier.ts'
import { ece } from './ece.ts'
import { f1 } from './f1.ts'
import { logLoss } from './log-loss.ts'
import { mae } from './mae.ts'
import { positiveRate } from './positive-rate.ts'
import { precision } from './precision.ts'
import { recall } from './recall.ts'
import { rmse } from './rmse.ts'
import { rocAuc } from './roc-auc.ts'
import { specificity } from './specificity.ts'

/** The family of live metrics, by name. */
export const metrics = {
  accuracy,
  precision,
  recall,
  f1,
  specificity,
  'positive-rate': positiveRate,
  'roc-auc': rocAuc,
  'log-loss': logLoss,
  brier,
  ece,
  mae,
  rmse,
  bias,
}

export type MetricName = keyof typeof metrics
