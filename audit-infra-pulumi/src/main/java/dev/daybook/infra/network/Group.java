package dev.daybook.infra.network;

import java.util.Locale;

/** Who takes part in the network; each has a security group of its own. */
public enum Group {
    BALANCER("the API's load balancer"),
    API("the API's containers"),
    INGEST("the ingest's containers"),
    SEALER("the sealer's container"),
    TASKS("tasks that run once: migrations, topics"),
    CONNECT("the sink connector's workers"),
    DMS("the replication instance"),
    BROKERS("the Kafka brokers"),
    SOURCE("the source database"),
    AUDIT("the audit database"),
    ENDPOINTS("the endpoints of AWS services");

    private final String what;

    Group(String what) {
        this.what = what;
    }

    public String what() {
        return what;
    }

    String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
