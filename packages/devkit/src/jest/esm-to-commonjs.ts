import type { SyncTransformer } from '@jest/transform';
import { ModuleKind, ScriptTarget, transpileModule } from 'typescript';

/**
 * For packages of ES modules only. Node requires them as they are, since 20.19; jest cannot before Node 22.21, so that in tests
 * they are compiled as it loads them. Tests that start a process of their own run them untouched.
 */
const transformer: SyncTransformer = {
  process: (code, _path, { supportsStaticESM }) => {
    if (supportsStaticESM) return { code };
    const options = { module: ModuleKind.CommonJS, target: ScriptTarget.ES2023 };
    return { code: transpileModule(code, { compilerOptions: options }).outputText };
  },
};

export default transformer;
