// successors: memories that say what took the place of what a search found, and that it did not find itself.
// mode: read
// params: principal STRING, spaces LIST<STRING>, now DATETIME, vector ANY, weights MAP, filters MAP, cubes LIST<STRING>, probe ANY
// returns: cube MAP, owner STRING, revision INTEGER, sees INTEGER, forbidden LIST<STRING>, score FLOAT, parts MAP, path MAP?, fact MAP?, successors LIST<STRING>, sources LIST<STRING>, vouched LIST<MAP>
// shows: cube.id, fact.id
CYPHER 25
UNWIND $spaces AS wanted
MATCH (s:Space {id: wanted})
//> include fragments/access
WITH s, sees, forbidden WHERE 'read' IN actions
UNWIND $cubes AS successor
MATCH (c:MemCube {id: successor})
WITH s, sees, forbidden, c, [] AS facts, c.live AS live, c.valid_from AS valid_from, c.valid_to AS valid_to
//> include fragments/filtered
WITH s, sees, forbidden, c, facts, {} AS parts, 0.0 AS score
//> include fragments/hit
