/** Whether an integer is one of 64 bits, as Dagger's are. */
export function fitsInt64(integer: bigint): boolean {
  return BigInt.asIntN(64, integer) === integer;
}
