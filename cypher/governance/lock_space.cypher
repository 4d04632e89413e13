// lock_space: take the space's write lock for this transaction and count a revision; no row when the principal has no grant.
// mode: write
// params: principal STRING, space STRING, now DATETIME
// returns: space_key STRING, actions LIST<STRING>, sees INTEGER, revision INTEGER, latest LIST<DATETIME>
// touches: nothing
MATCH (s:Space {id: $space})
//> include fragments/access
WITH s, actions, sees WHERE 'read' IN actions
// Takes the lock plainly, first (audit/append).
SET s.locked = true
WITH s, actions, sees
SET s.revision = s.revision + 1
RETURN s.space_key AS space_key, actions, sees, s.revision AS revision,
       COLLECT { MATCH (e:AuditEvent {space: s.id, seq: s.audit_seq}) RETURN e.at } AS latest
