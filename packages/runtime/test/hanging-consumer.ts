// A process of its own that takes a job and never ends it, to be killed. Arguments: url and prefix of the queue.
import { QueueStack } from './queue-stack';

const [, , url = '', prefix = ''] = process.argv;

new QueueStack(url, prefix).consume({ lockMs: 2_000, work: () => new Promise(() => undefined) });
