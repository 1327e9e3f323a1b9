/** Whether a process of this machine is running, also one of another user. */
export function isAlive(pid: number): boolean {
  // 0 would mean the caller's own group.
  if (pid === 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
