/** What is known of one coordinate that moves: position, velocity, and their covariance. */
export interface Motion {
  /** Pixels. */
  readonly position: number;
  /** Pixels per second. */
  readonly velocity: number;
  readonly positionVariance: number;
  readonly covariance: number;
  readonly velocityVariance: number;
}

/** A coordinate seen once, at rest as far as known. */
export function startMotion(position: number, positionVariance: number, velocityVariance: number): Motion {
  return { position, velocity: 0, positionVariance, covariance: 0, velocityVariance };
}

/**
 * Kalman prediction over any span of time: constant velocity, disturbed by white-noise acceleration.
 *
 * @param seconds Time since the motion's last step, at least 0.
 * @param agility Spectral density of the acceleration, px²/s³: how freely the velocity changes.
 */
export function predictMotion(motion: Motion, seconds: number, agility: number): Motion {
  const { position, velocity, positionVariance, covariance, velocityVariance } = motion;
  return {
    position: position + seconds * velocity,
    velocity,
    positionVariance:
      positionVariance + 2 * seconds * covariance + seconds ** 2 * velocityVariance + (agility * seconds ** 3) / 3,
    covariance: covariance + seconds * velocityVariance + (agility * seconds ** 2) / 2,
    velocityVariance: velocityVariance + agility * seconds,
  };
}

/** Kalman correction by a measured position with the given variance, px². */
export function correctMotion(motion: Motion, measured: number, variance: number): Motion {
  const { positionVariance, covariance } = motion;
  const innovation = measured - motion.position;
  const gain = positionVariance / (positionVariance + variance);
  const velocityGain = covariance / (positionVariance + variance);
  return {
    position: motion.position + gain * innovation,
    velocity: motion.velocity + velocityGain * innovation,
    positionVariance: (1 - gain) * positionVariance,
    covariance: (1 - gain) * covariance,
    velocityVariance: motion.velocityVariance - velocityGain * covariance,
  };
}

/** Kalman correction by a measured velocity with the given variance, px²/s². */
export function correctVelocity(motion: Motion, measured: number, variance: number): Motion {
  const { covariance, velocityVariance } = motion;
  const innovation = measured - motion.velocity;
  const gain = covariance / (velocityVariance + variance);
  const velocityGain = velocityVariance / (velocityVariance + variance);
  return {
    position: motion.position + gain * innovation,
    velocity: motion.velocity + velocityGain * innovation,
    positionVariance: motion.positionVariance - gain * covariance,
    covariance: (1 - velocityGain) * covariance,
    velocityVariance: (1 - velocityGain) * velocityVariance,
  };
}

/**
 * One step of the backward pass of the Rauch-Tung-Striebel smoother: what was known of a moment, improved by what became
 * known after it.
 *
 * @param known The motion as filtered at that moment.
 * @param expected The same, predicted over `seconds` to the next moment.
 * @param later The next moment's motion, already smoothed.
 * @returns Position and velocity smoothed; the variances stay those of `known`, which the pass does not need.
 */
export function smoothMotion(known: Motion, expected: Motion, later: Motion, seconds: number): Motion {
  const determinant = expected.positionVariance * expected.velocityVariance - expected.covariance ** 2;
  if (!(determinant > 0)) return known;
  const position = later.position - expected.position;
  const velocity = later.velocity - expected.velocity;
  const a = (expected.velocityVariance * position - expected.covariance * velocity) / determinant;
  const b = (expected.positionVariance * velocity - expected.covariance * position) / determinant;
  const carried = known.covariance + known.velocityVariance * seconds;
  return {
    ...known,
    position: known.position + (known.positionVariance + known.covariance * seconds) * a + known.covariance * b,
    velocity: known.velocity + carried * a + known.velocityVariance * b,
  };
}
