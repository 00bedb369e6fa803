//! What the service does without being asked over HTTP: how the jobs are done whose payloads stand in the domain.

mod deliver;
