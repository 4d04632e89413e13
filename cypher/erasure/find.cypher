// find: memories of a space that an erasure of somebody takes, or is asked about: what they said, what is about them, what names them; none without the right to administer.
// mode: read
// params: principal STRING, space STRING, now DATETIME, named STRING, opens STRING
// returns: id STRING, role STRING
//> include fragments/about
RETURN c.id AS id, role
ORDER BY id
