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
 * Kalman prediction over any span of time. The velocity fades (an Ornstein-Uhlenbeck process) and is disturbed by white
 * noise; with endless persistence this is the constant-velocity model with white-noise acceleration.
 *
 * @param seconds Time since the motion's last step, at least 0.
 * @param agility Spectral density of the acceleration, px²/s³: how freely the velocity changes.
 * @param persistence Seconds in which the velocity falls to 1/e; `Infinity` for a constant velocity.
 */
export function predictMotion(motion: Motion, seconds: number, agility: number, persistence: number): Motion {
  const kept = Math.exp(-seconds / persistence);
  const reach = Number.isFinite(persistence) ? persistence * (1 - kept) : seconds;
  const { position, velocity, positionVariance, covariance, velocityVariance } = motion;
  return {
    position: position + reach * velocity,
    velocity: kept * velocity,
    positionVariance:
      positionVariance + 2 * reach * covariance + reach * reach * velocityVariance + (agility * seconds ** 3) / 3,
    covariance: kept * (covariance + reach * velocityVariance) + (agility * seconds ** 2) / 2,
    velocityVariance: kept * kept * velocityVariance + agility * seconds,
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
