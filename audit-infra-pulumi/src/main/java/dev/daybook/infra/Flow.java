package dev.daybook.infra;

import java.util.ArrayList;
import java.util.List;

/**
 * One thing that the network lets through. What is not listed is refused: no group has a rule but
 * for its flows, neither inwards nor outwards.
 *
 * @param from who asks
 * @param to who answers
 * @param port on which port
 * @param why what for
 */
record Flow(Party from, Party to, int port, String why) {

    static final int HTTPS = 443;
    static final int POSTGRESQL = 5432;
    static final int API = 8443;

    /** Kafka over TLS with SASL/SCRAM, which is what DMS speaks. */
    static final int KAFKA_SCRAM = 9096;

    /** Kafka over TLS with IAM. */
    static final int KAFKA_IAM = 9098;

    /** The same two on the brokers' public addresses. */
    static final int KAFKA_SCRAM_PUBLIC = 9196;

    static final int KAFKA_IAM_PUBLIC = 9198;

    /**
     * Every flow within the network.
     *
     * @param sourcePort the source's port
     * @param sourceMade whether the source is this stack's, and so prepared by it
     */
    static List<Flow> all(int sourcePort, boolean sourceMade) {
        List<Flow> flows = new ArrayList<>();
        flows.add(new Flow(Party.BALANCER, Party.API, API, "requests and health checks"));
        flows.add(new Flow(Party.API, Party.AUDIT, POSTGRESQL, "reads the audit log"));
        flows.add(
                new Flow(Party.INGEST, Party.BROKERS, KAFKA_IAM, "reads changes, writes entries"));
        flows.add(
                new Flow(
                        Party.TASKS,
                        Party.BROKERS,
                        KAFKA_IAM,
                        "makes topics and their access rules"));
        flows.add(new Flow(Party.TASKS, Party.AUDIT, POSTGRESQL, "migrates the audit database"));
        if (sourceMade) {
            flows.add(
                    new Flow(
                            Party.TASKS, Party.SOURCE, sourcePort, "prepares the source database"));
        }
        flows.add(new Flow(Party.CONNECT, Party.BROKERS, KAFKA_IAM, "reads entries"));
        flows.add(new Flow(Party.CONNECT, Party.AUDIT, POSTGRESQL, "writes the audit log"));
        flows.add(new Flow(Party.DMS, Party.SOURCE, sourcePort, "reads the write-ahead log"));
        flows.add(new Flow(Party.DMS, Party.BROKERS, KAFKA_SCRAM, "writes changes"));
        for (Party party :
                List.of(Party.API, Party.INGEST, Party.TASKS, Party.CONNECT, Party.DMS)) {
            flows.add(new Flow(party, Party.ENDPOINTS, HTTPS, "secrets, images and logs"));
        }
        return flows;
    }
}
