/**
 * What a worker thread of ours is limited to. What a frame leaves is as soon collected in a young generation of a few
 * megabytes as in V8's 48; the command line has its own first line tell the main thread so.
 */
export const threadLimits = { maxYoungGenerationSizeMb: 6 } as const;
