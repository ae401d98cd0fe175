/** Werkzeug's page for a method that a route does not take. */
export const NOT_ALLOWED = page('405 Method Not Allowed', 'The method is not allowed for the requested URL.');

/** Werkzeug's page for an exception that nobody caught: what mark-processed answers to a list with a text in it. */
export const CRASHED = page(
  '500 Internal Server Error',
  'The server encountered an internal error and was unable to complete your request. ' +
    'Either the server is overloaded or there is an error in the application.',
);

/** The beginning of Odoo's website page for an unknown address. */
export const NOT_FOUND = `<!DOCTYPE html>
<html>
    <head>
        <meta charset="utf-8"/>
        <meta http-equiv="X-UA-Compatible" content="IE=edge"/>
        <meta name="viewport" content="width=device-width, initial-scale=1"/>
        <title>404 | My Website</title>
    </head>
    <body><h1>Page not found</h1></body>
</html>
`;

/** What stands before an Odoo that is being updated, or asks for a login: HTML with status 200. */
export const NOT_JSON =
  '<!DOCTYPE html>\n<html><head><title>Odoo</title></head><body><form class="oe_login_form"></form></body></html>\n';

/** A proxy's page for an Odoo that does not keep up. */
export function overloaded(status: number): string {
  const title = `${status} ${TITLES[status] ?? 'Error'}`;
  return `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n`;
}

const TITLES: Readonly<Record<number, string>> = {
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Temporarily Unavailable',
  504: 'Gateway Time-out',
};

function page(title: string, text: string): string {
  return `<!doctype html>\n<html lang=en>\n<title>${title}</title>\n<h1>${title.slice(4)}</h1>\n<p>${text}</p>\n`;
}
