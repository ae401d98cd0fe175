import express, { RequestHandler } from 'express';
import { BridgeError } from '@bridgecore/contracts';
import { mistake } from '@bridgecore/runtime';
import { locals } from './locals';
import { shortened } from './problem';

/**
 * Reads a JSON body in the order that the API promises: its type (415), its size (413), its text (400). The bound
 * holds for the body as it is unpacked, which stops at the bound.
 */
export function jsonBody(maxBytes: number): RequestHandler[] {
  return [assertJsonType, express.raw({ type: () => true, limit: maxBytes }), parseJson];
}

const JSON_TYPE = /^application\/(?:[a-z0-9.+-]+\+)?json\s*(?:;|$)/i;

const assertJsonType: RequestHandler = (req, _res, next) => {
  const type = req.get('content-type') ?? '';
  const [, charset = 'utf-8'] = /;\s*charset="?([^";\s]+)/i.exec(type) ?? [];
  if (!JSON_TYPE.test(type) || !/^utf-?8$/i.test(charset)) {
    const given = type === '' ? 'There is no Content-Type' : `Content-Type is "${shortened(type, 100)}"`;
    throw new BridgeError('UNSUPPORTED_MEDIA_TYPE', `${given}; send application/json in UTF-8.`);
  }
  next();
};

const utf8 = new TextDecoder('utf-8', { fatal: true });

const parseJson: RequestHandler = (req, res, next) => {
  const bytes: Buffer = Buffer.isBuffer(req.body) ? req.body : Buffer.alloc(0);
  if (bytes.length === 0) throw invalid('The body is empty.');
  req.body = jsonOf(textOf(bytes));
  locals(res).bodyBytes = bytes.length;
  next();
};

function textOf(bytes: Buffer): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw invalid('The body is not valid UTF-8.');
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalid(`The body is not valid JSON${mistake(error as Error)}.`);
  }
}

function invalid(detail: string): BridgeError {
  return new BridgeError('JSON_INVALID', detail);
}
