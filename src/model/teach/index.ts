/** What classes are taught with; who only uses a taught model does not load it. */
export { type Background, readBackground } from './background.ts';
export { type ClassReport, checkCounts, type Doubtful, type Report, reportTraining } from './report.ts';
export { type Example, type TrainedHead, trainHead } from './train-head.ts';
export { NO_CLASS, type TaughtParts, writeTaught } from './write-taught.ts';
