import { accuracy } from './accuracy.ts'
import { balancedAccuracy } from './balanced-accuracy.ts'
import { bias } from './bias.ts'
import { brier } from './brier.ts'
import { businessValue } from './business-value.ts'
import { calibrationCurve } from './calibration-curve.ts'
import { costPerThousand } from './cost-per-thousand.ts'
import { ece } from './ece.ts'
import { f1 } from './f1.ts'
import { kappa } from './kappa.ts'
import { labelDelay } from './label-delay.ts'
import { latencyQuantiles } from './latency-quantiles.ts'
import { lift } from './lift.ts'
import { logLoss } from './log-loss.ts'
import { macroF1 } from './macro-f1.ts'
import { macroPrecision } from './macro-precision.ts'
import { macroRecall } from './macro-recall.ts'
import { macroRocAuc } from './macro-roc-auc.ts'
import { mae } from './mae.ts'
import { mcc } from './mcc.ts'
import { microF1 } from './micro-f1.ts'
import { microPrecision } from './micro-precision.ts'
import { microRecall } from './micro-recall.ts'
import { positiveRate } from './positive-rate.ts'
import { prAuc } from './pr-auc.ts'
import { precision } from './precision.ts'
import { recall } from './recall.ts'
import { rmse } from './rmse.ts'
import { rocAuc } from './roc-auc.ts'
import { specificity } from './specificity.ts'
import { unlabelledShare } from './unlabelled-share.ts'
import { weightedF1 } from './weighted-f1.ts'
import { weightedPrecision } from './weighted-precision.ts'
import { weightedRecall } from './weighted-recall.ts'

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
  'calibration-curve': calibrationCurve,
  'macro-precision': macroPrecision,
  'macro-recall': macroRecall,
  'macro-f1': macroF1,
  'micro-precision': microPrecision,
  'micro-recall': microRecall,
  'micro-f1': microF1,
  'weighted-precision': weightedPrecision,
  'weighted-recall': weightedRecall,
  'weighted-f1': weightedF1,
  'macro-roc-auc': macroRocAuc,
  mae,
  rmse,
  bias,
  'latency-quantiles': latencyQuantiles,
  'cost-per-thousand': costPerThousand,
  'label-delay': labelDelay,
  'unlabelled-share': unlabelledShare,
}

export type MetricName = keyof typeof metrics
