package dev.daybook.infra.network;

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
public record Flow(Group from, Group to, int port, String why) {

    public static final int HTTPS = 443;
    public static final int POSTGRESQL = 5432;
    public static final int API = 8443;

    /** Kafka over TLS with SASL/SCRAM, which is what DMS speaks. */
    static final int KAFKA_SCRAM = 9096;

    /** Kafka over TLS with IAM. */
    static final int KAFKA_IAM = 9098;

    /** The same two on the brokers' public addresses. */
    static final int KAFKA_SCRAM_PUBLIC = 9196;

    static final int KAFKA_IAM_PUBLIC = 9198;

    /**
     * Returns every flow within the network.
     *
     * @param sourcePort the source's port
     * @param sourceMade whether the source is this stack's, and so prepared by it
     */
    public static List<Flow> all(int sourcePort, boolean sourceMade) {
        List<Flow> flows = new ArrayList<>();
        flows.add(new Flow(Group.BALANCER, Group.API, API, "requests and health checks"));
        flows.add(new Flow(Group.API, Group.AUDIT, POSTGRESQL, "reads the audit log"));
        flows.add(
                new Flow(Group.INGEST, Group.BROKERS, KAFKA_IAM, "reads changes, writes entries"));
        flows.add(new Flow(Group.INGEST, Group.AUDIT, POSTGRESQL, "reads what is to be replayed"));
        flows.add(new Flow(Group.SEALER, Group.BROKERS, KAFKA_IAM, "reads what sinks have stored"));
        flows.add(
                new Flow(Group.SEALER, Group.AUDIT, POSTGRESQL, "compares it with the audit log"));
        flows.add(
                new Flow(
                        Group.TASKS,
                        Group.BROKERS,
                        KAFKA_IAM,
                        "makes topics and their access rules"));
        flows.add(new Flow(Group.TASKS, Group.AUDIT, POSTGRESQL, "migrates the audit database"));
        if (sourceMade) {
            flows.add(
                    new Flow(
                            Group.TASKS, Group.SOURCE, sourcePort, "prepares the source database"));
        }
        flows.add(
                new Flow(
                        Group.CONNECT,
                        Group.BROKERS,
                        KAFKA_IAM,
                        "reads entries, tells what was stored"));
        flows.add(new Flow(Group.CONNECT, Group.AUDIT, POSTGRESQL, "writes the audit log"));
        flows.add(new Flow(Group.DMS, Group.SOURCE, sourcePort, "reads the write-ahead log"));
        flows.add(new Flow(Group.DMS, Group.BROKERS, KAFKA_SCRAM, "writes changes"));
        for (Group party :
                List.of(
                        Group.API,
                        Group.INGEST,
                        Group.SEALER,
                        Group.TASKS,
                        Group.CONNECT,
                        Group.DMS)) {
            flows.add(new Flow(party, Group.ENDPOINTS, HTTPS, "secrets, images and logs"));
        }
        return flows;
    }
}
