/** Recorded cases that are off though galley has all their fields, each with the reason. */
export const exceptions: Readonly<Record<string, string>> = {};
