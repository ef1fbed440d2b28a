import { accuracy } from './accuracy.ts'
import { balancedAccuracy } from './balanced-accuracy.ts'
import { bias } from './bias.ts'
import { brier } from './brier.ts'
import { businessValue } from './business-value.ts'
import { ece } from './ece.ts'
import { f1 } from './f1.ts'
import { kappa } from './kappa.ts'
import { lift } from './lift.ts'
import { logLoss } from './log-loss.ts'
import { mae } from './mae.ts'
import { mcc } from './mcc.ts'
import { positiveRate } from './positive-rate.ts'
import { prAuc } from './pr-auc.ts'
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
  'balanced-accuracy': balancedAccuracy,
  mcc,
  kappa,
  'business-value': businessValue,
  'roc-auc': rocAuc,
  'pr-auc': prAuc,
  lift,
  'log-loss': logLoss,
  brier,
  ece,
  mae,
  rmse,
  bias,
}

export type MetricName = keyof typeof metrics
