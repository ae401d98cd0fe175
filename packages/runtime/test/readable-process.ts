import { WriteStream } from 'node:tty';
import { createLog } from '../src/index';

/** What is written here is taken for a terminal's, with what Node itself knows about colours. */
const { hasColors, getColorDepth } = WriteStream.prototype;
Object.assign(process.stdout, { isTTY: true, hasColors, getColorDepth });

createLog({ service: 'worker', LOG_LEVEL: 'info', LOG_FORMAT: 'pretty' }).info('shown', { outcome: 'done' });
