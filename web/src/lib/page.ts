/** Loads the whole page anew, as after an update of ORION. */
export const loadPageAgain = (): void => window.location.reload();
