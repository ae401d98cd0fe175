import { Registrar } from '../command';
export function doctorCommand(registrar: Registrar): void {
  void registrar;
}
