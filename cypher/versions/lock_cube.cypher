// lock_cube: take the space's write lock and see what stands; no row when the principal has no grant or there is no such cube.
// mode: write
// params: principal STRING, cube STRING, now DATETIME
// returns: id STRING, space STRING, space_key STRING, actions LIST<STRING>, state STRING, version INTEGER, level STRING, part STRING?, latest LIST<DATETIME>
// touches: nothing
MATCH (c:MemCube {id: $cube})
MATCH (s:Space {id: c.space})
//> include fragments/cube_access
WITH c, s, actions WHERE 'read' IN actions
// Takes the lock plainly, first (audit/append).
SET s.locked = true
WITH c, s, actions
SET s.revision = s.revision + 1
WITH c, s, actions
RETURN c.id AS id, s.id AS space, s.space_key AS space_key, actions, c.state AS state, c.version AS version,
       c.level AS level, c.part AS part,
       [c.created_at, c.updated_at, c.changed_at] + COLLECT { MATCH (c)-[:CURRENT]->(v:MemVersion) RETURN v.known_from }
         + COLLECT { MATCH (e:AuditEvent {space: s.id, seq: s.audit_seq}) RETURN e.at } AS latest
