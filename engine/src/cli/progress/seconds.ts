/** A duration as people read it: `0.4s`, `12.3s`, `2m05s`. */
export function seconds(milliseconds: number): string {
  if (milliseconds < 59_950) return `${(milliseconds / 1000).toFixed(1)}s`;
  const whole = Math.round(milliseconds / 1000);
  return `${Math.floor(whole / 60)}m${String(whole % 60).padStart(2, "0")}s`;
}
