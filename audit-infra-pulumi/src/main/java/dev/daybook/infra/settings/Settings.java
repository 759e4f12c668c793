package dev.daybook.infra.settings;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Holds a stack's settings, as {@link SettingsReader} has read and checked them. {@code
 * Pulumi.dev.yaml} and {@code Pulumi.prod.yaml} are examples.
 *
 * @param stack the project's and the stack's name, which every resource's name begins with
 * @param accountId the account; the provider refuses any other
 * @param region the region
 * @param zones three of its availability zones
 * @param addresses the network's addresses, a /16
 * @param profile how careful the stack is with what it holds
 * @param source the database that is audited
 * @param capture the DMS task
 * @param kafka the MSK cluster
 * @param inspection who may look into the cluster from outside for a while, or empty for nobody
 * @param audit the audit database
 * @param sink the connector that writes the audit log
 * @param services the containers
 * @param operations who is told, and what a month may cost
 * @param credentialGeneration raised to renew every password that this program made
 */
public record Settings(
        String stack,
        String accountId,
        String region,
        List<String> zones,
        AddressRange addresses,
        Profile profile,
        Source source,
        Capture capture,
        Kafka kafka,
        Optional<Inspection> inspection,
        Database audit,
        Sink sink,
        Services services,
        Operations operations,
        int credentialGeneration) {

    /** How careful the stack is with what it holds. */
    public enum Profile {
        /**
         * May be thrown away: one database instance, short backups, no protection against deletion.
         */
        DEV,
        /** Protected against deletion, a spare of everything, backups for 35 days. */
        PROD;

        public boolean isProtected() {
            return this == PROD;
        }

        public int backupDays() {
            return this == PROD ? 35 : 1;
        }

        public int databaseInstances() {
            return this == PROD ? 2 : 1;
        }

        public int logDays() {
            return this == PROD ? 90 : 14;
        }

        public int secretRecoveryDays() {
            return this == PROD ? 30 : 0;
        }
    }

    /**
     * The database that is audited.
     *
     * @param name what it is called in topics and entries
     * @param tables which tables, as {@code schema.table} with {@code *} for any part
     * @param fullIdentity whether they have REPLICA IDENTITY FULL
     * @param location where it is
     */
    public record Source(
            String name, List<String> tables, boolean fullIdentity, Location location) {}

    /** Where the audited database is. */
    public sealed interface Location {
        /** It is made by this stack. */
        record Made(Database database) implements Location {}

        /**
         * It is there already, in this network's reach.
         *
         * @param host its writer endpoint
         * @param port its port
         * @param database the database
         * @param secretArn a secret with username, password, host and port of the capture role
         * @param secretKeyArn the key that secret is encrypted with
         * @param securityGroupId its security group, to which a rule for DMS is added
         * @param cluster its identifier, for the alarm on slot lag
         * @param network where it stands; this stack's network is joined to it
         */
        record Existing(
                String host,
                int port,
                String database,
                String secretArn,
                String secretKeyArn,
                String securityGroupId,
                String cluster,
                Peer network)
                implements Location {}
    }

    /**
     * A network that this stack's is joined to.
     *
     * @param vpcId which
     * @param addresses its addresses
     * @param routeTables of the subnets that the source stands in; each gets the way back
     */
    public record Peer(String vpcId, AddressRange addresses, List<String> routeTables) {}

    /**
     * An Aurora PostgreSQL cluster.
     *
     * @param name the database in it
     * @param engineVersion such as {@code 16.8}, or a major version, whose newest minor AWS takes
     * @param instanceClass such as {@code db.r7g.large}, or {@code db.serverless}
     * @param maxCapacity the most Aurora capacity units, for {@code db.serverless}
     */
    public record Database(
            String name, String engineVersion, String instanceClass, int maxCapacity) {
        public boolean serverless() {
            return instanceClass.equals("db.serverless");
        }

        /** Returns the major version, which names the parameter group's family. */
        public String family() {
            int dot = engineVersion.indexOf('.');
            return "aurora-postgresql"
                    + (dot < 0 ? engineVersion : engineVersion.substring(0, dot));
        }
    }

    /**
     * The DMS task.
     *
     * @param compute what it runs on
     * @param engineVersion of the replication instance
     * @param start whether it runs; false until the source is prepared
     * @param captureDdl whether DMS may keep its DDL trigger in the source
     * @param lobKilobytes the longest value of a text, json or bytea column; a longer one stops the
     *     task
     * @param parallelApplyThreads 0 keys records by table, more keys them by primary key
     * @param createAccountRoles whether the two roles that DMS wants once per account are made here
     */
    public record Capture(
            Compute compute,
            String engineVersion,
            boolean start,
            boolean captureDdl,
            int lobKilobytes,
            int parallelApplyThreads,
            boolean createAccountRoles) {}

    /** What DMS runs on. */
    public sealed interface Compute {
        /** A replication instance. */
        record Instance(String instanceClass, int storageGigabytes) implements Compute {}

        /** DMS Serverless. */
        record Serverless(int minCapacity, int maxCapacity) implements Compute {}
    }

    /**
     * The MSK cluster.
     *
     * @param version of Kafka
     * @param instanceType of the brokers; there is one in each zone
     * @param storageGigabytes of each broker
     * @param changesPartitions partitions of the topic of changes
     * @param entriesPartitions partitions of the topic of entries
     * @param maxMessageBytes the largest record
     */
    public record Kafka(
            String version,
            String instanceType,
            int storageGigabytes,
            int changesPartitions,
            int entriesPartitions,
            int maxMessageBytes) {}

    /**
     * Access to the brokers from outside.
     *
     * @param addresses from where, each a single address or a small range
     * @param until when it ends
     */
    public record Inspection(List<String> addresses, Instant until) {}

    /**
     * The audit log sink.
     *
     * @param plugin the plugin
     * @param connectVersion of MSK Connect
     * @param workers the most workers
     */
    public record Sink(PluginFile plugin, String connectVersion, int workers) {}

    /**
     * The containers.
     *
     * @param images what they run
     * @param certificateArn the balancer's certificate
     * @param addresses who may reach the balancer
     * @param internal whether the balancer stands in the private network instead of on the internet
     * @param ingestTasks the most ingest tasks
     * @param apiTasks the most API tasks
     * @param anchor where the sealer keeps checkpoints besides, or empty
     */
    public record Services(
            Images images,
            String certificateArn,
            List<String> addresses,
            boolean internal,
            int ingestTasks,
            int apiTasks,
            Optional<Anchor> anchor) {}

    /** Container images in the account's own registry, each by digest. */
    public record Images(
            String ingest, String api, String sealer, String migrations, String kafkaTools) {}

    /**
     * A bucket with Object Lock, best another account's, in which the sealer keeps checkpoints.
     *
     * @param bucket its name
     * @param prefix what the objects' names begin with
     */
    public record Anchor(String bucket, String prefix) {

        /** Returns it as the sealer takes it. */
        public String url() {
            return "s3://" + bucket + "/" + prefix;
        }

        public String bucketArn() {
            return "arn:aws:s3:::" + bucket;
        }

        /** Returns what policies know its objects by. */
        public String objects() {
            return bucketArn() + "/" + prefix + "*";
        }
    }

    /**
     * @param alarmEmail who is told
     * @param monthlyBudget in US dollars
     */
    public record Operations(String alarmEmail, int monthlyBudget) {}
}
