// space: what a space is about, where its memories came from, when they were said and what is sensitive in them, as far as the principal may read.
// mode: read
// params: principal STRING, space STRING, now DATETIME, topics INTEGER, concepts INTEGER, sources INTEGER
// returns: topics LIST<MAP>, sources LIST<MAP>, months LIST<MAP>, sensitivity LIST<MAP>
CYPHER 25
MATCH (s:Space {id: $space})
//> include fragments/access
WITH s, forbidden WHERE 'read' IN actions
RETURN
  COLLECT {
    MATCH (c:MemCube {space: s.id, live: true})-[:MENTIONS]->(k:Concept)-[:WITHIN]->(t:Topic)
    WHERE c.level = 'whole' AND c.expires_at > $now AND NOT c.id IN forbidden
    WITH t, k, count(c) AS mentions ORDER BY mentions DESC, k.name
    WITH t, collect({name: k.name, mentions: mentions}) AS every, sum(mentions) AS mentions
    // A topic is named after the concept that founded it, perhaps by a memory that may not be read.
    WITH CASE WHEN any(each IN every WHERE each.name = t.name) THEN t.name ELSE every[0].name END AS name, mentions, every
    ORDER BY mentions DESC, name LIMIT $topics
    RETURN {name: name, mentions: mentions, concepts: every[..$concepts]}
  } AS topics,
  COLLECT {
    MATCH (c:MemCube {space: s.id, live: true})
    WHERE c.level = 'whole' AND c.expires_at > $now AND NOT c.id IN forbidden AND c.source IS NOT NULL
    WITH c.source AS name, count(c) AS memories, min(coalesce(c.said_at, c.created_at).epochMillis) AS first,
         max(coalesce(c.said_at, c.created_at).epochMillis) AS last
    ORDER BY memories DESC, name LIMIT $sources
    RETURN {
      name: name, memories: memories, first: datetime({epochMillis: first}), last: datetime({epochMillis: last})
    }
  } AS sources,
  COLLECT {
    MATCH (c:MemCube {space: s.id, live: true})
    WHERE c.level = 'whole' AND c.expires_at > $now AND NOT c.id IN forbidden
    WITH left(toString(date(coalesce(c.said_at, c.created_at))), 7) AS month, count(c) AS memories
    ORDER BY month
    RETURN {month: month, memories: memories}
  } AS months,
  COLLECT {
    MATCH (c:MemCube {space: s.id, live: true})
    WHERE c.level = 'whole' AND c.expires_at > $now AND NOT c.id IN forbidden
    UNWIND c.sensitivity AS kind
    WITH kind, count(c) AS memories ORDER BY memories DESC, kind
    RETURN {kind: kind, memories: memories}
  } AS sensitivity
