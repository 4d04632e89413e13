// vouched_past: every version of memory `each`, all that it was, and who is granted it or denied it alone, as its other digest vouches for them (integrity); an expression.
// params: probe ANY
// needs: each
// yields: MAP
{
  id: each.id, space: each.space, state: each.state, digest: each.past_digest,
  near: reduce(sum = 0.0, part IN COLLECT {
    MATCH (of:MemVersion {cube: each.id})
    WHERE of.number >= 1
    WITH of.number AS number, of.embedding AS embedding
    WHERE embedding IS :: LIST<FLOAT> AND size(embedding) = vector_dimension_count($probe)
    RETURN vector.similarity.euclidean(embedding, $probe) AS part
    ORDER BY number
  } | sum + part),
  said: each.id + reduce(parts = '', part IN COLLECT {
    MATCH (of:MemVersion {cube: each.id})
    WHERE of.number >= 1 // always so: lets the index of (cube, number) serve
    RETURN '\n' + size(labels(of)) + toString(of:PastVersion) +
      //> include fragments/spelled
      AS part
    ORDER BY of.number, part
  } + COLLECT {
    MATCH (each)-[:WAS]->(of:PastState)
    RETURN '\n-' +
      //> include fragments/spelled
      AS part
    ORDER BY part
  } + COLLECT {
    MATCH (each)<-[of:GRANTED|DENIED]-(other)
    RETURN '\n<' + type(of) + size(other.id) + ':' + other.id +
      //> include fragments/spelled
      AS part
    ORDER BY part
  } | parts + part)
}
