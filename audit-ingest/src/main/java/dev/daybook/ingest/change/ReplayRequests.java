package dev.daybook.ingest.change;

import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/** The rejected records that somebody wants replayed. */
public interface ReplayRequests {

    /**
     * Returns requests that have no outcome yet, oldest first, as many as fit into the memory for
     * them; none while another instance of the ingest takes care of them.
     *
     * @param but without these, which are under way
     */
    List<ReplayRequest> open(Set<UUID> but, int limit) throws SQLException;
}
