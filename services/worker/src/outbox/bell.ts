/** Ends a wait early. A ring while nobody waits is kept for the next wait. */
export class Bell {
  private hasRung = false;
  private wakeUp: (() => void) | undefined;

  ring(): void {
    this.hasRung = true;
    this.wakeUp?.();
  }

  /** Resolves at the first ring since the last wait, and otherwise after so many milliseconds. */
  async wait(ms: number): Promise<void> {
    if (!this.hasRung) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.wakeUp = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.wakeUp = undefined;
    }
    this.hasRung = false;
  }
}
