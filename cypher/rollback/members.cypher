// members: who has a role again that was taken away, or for longer than it was last given, has it no more, or no longer.
// mode: write
// params: members LIST<MAP>
// returns: name STRING, member STRING, role STRING
// touches: nothing
// governs: member, role
UNWIND $members AS wanted
MATCH (:Principal {id: wanted.member})-[h:HAS_ROLE]->(:Role {id: wanted.role})
WHERE h.at <= wanted.at AND (wanted.removed OR wanted.expires_at IS NOT NULL AND (h.expires_at IS NULL OR h.expires_at > wanted.expires_at))
SET h.expires_at = wanted.expires_at
WITH wanted, h
FOREACH (_ IN CASE WHEN wanted.removed THEN [1] ELSE [] END | DELETE h)
RETURN wanted.name AS name, wanted.member AS member, wanted.role AS role
