// remove_member: take a role away from a principal.
// mode: write
// params: role STRING, owner STRING, member STRING
// returns: role STRING
// touches: nothing
// governs: $member, $role
MATCH (:Principal {id: $member})-[h:HAS_ROLE]->(r:Role {id: $role, owner: $owner})
DELETE h
RETURN r.id AS role
