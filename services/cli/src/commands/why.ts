import { Registrar } from '../command';
export function whyCommand(registrar: Registrar): void {
  void registrar;
}
