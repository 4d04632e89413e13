// lock_space: take the space's write lock for this transaction and count a revision; no row when the principal has no grant.
// mode: write
// params: principal STRING, space STRING, now DATETIME
// returns: space_key STRING, actions LIST<STRING>, revision INTEGER
MATCH (:Principal {id: $principal})-[g:GRANTED]->(s:Space {id: $space})
WHERE g.expires_at IS NULL OR g.expires_at > $now
// Takes the lock plainly, first (audit/append).
SET s.locked = true
WITH g, s
SET s.revision = s.revision + 1
RETURN s.space_key AS space_key, g.actions AS actions, s.revision AS revision
