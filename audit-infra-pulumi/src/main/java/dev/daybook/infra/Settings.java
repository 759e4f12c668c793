package dev.daybook.infra;

import com.pulumi.Config;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * What a stack is to be, read from its configuration and checked. {@code Pulumi.yaml} lists the
 * keys, {@code Pulumi.dev.yaml} and {@code Pulumi.prod.yaml} are examples.
 *
 * @param accountId the account; the provider refuses any other
 * @param region the region
 * @param zones three of its availability zones
 * @param vpcCidr the network's addresses, a /16
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
record Settings(
        String accountId,
        String region,
        List<String> zones,
        String vpcCidr,
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
    enum Profile {
        /**
         * May be thrown away: one database instance, short backups, no protection against deletion.
         */
        DEV,
        /** Protected against deletion, a spare of everything, backups for 35 days. */
        PROD;

        boolean isProtected() {
            return this == PROD;
        }

        int backupDays() {
            return this == PROD ? 35 : 1;
        }

        int databaseInstances() {
            return this == PROD ? 2 : 1;
        }

        int logDays() {
            return this == PROD ? 90 : 14;
        }

        int secretRecoveryDays() {
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
    record Source(String name, List<String> tables, boolean fullIdentity, Location location) {}

    /** Where the audited database is. */
    sealed interface Location {
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
     * @param cidr its addresses
     * @param routeTables of the subnets that the source stands in; each gets the way back
     */
    record Peer(String vpcId, String cidr, List<String> routeTables) {}

    /**
     * An Aurora PostgreSQL cluster.
     *
     * @param name the database in it
     * @param engineVersion such as {@code 16.6}
     * @param instanceClass such as {@code db.r7g.large}, or {@code db.serverless}
     * @param maxCapacity the most Aurora capacity units, for {@code db.serverless}
     */
    record Database(String name, String engineVersion, String instanceClass, int maxCapacity) {
        boolean serverless() {
            return instanceClass.equals("db.serverless");
        }

        /** The major version, which names the parameter group's family. */
        String family() {
            return "aurora-postgresql" + engineVersion.substring(0, engineVersion.indexOf('.'));
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
    record Capture(
            Compute compute,
            String engineVersion,
            boolean start,
            boolean captureDdl,
            int lobKilobytes,
            int parallelApplyThreads,
            boolean createAccountRoles) {}

    /** What DMS runs on. */
    sealed interface Compute {
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
    record Kafka(
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
    record Inspection(List<String> addresses, Instant until) {}

    /**
     * The audit log sink.
     *
     * @param plugin the plugin
     * @param connectVersion of MSK Connect
     * @param workers the most workers
     */
    record Sink(PluginFile plugin, String connectVersion, int workers) {}

    /**
     * The containers.
     *
     * @param images what they run
     * @param certificateArn the balancer's certificate
     * @param addresses who may reach the balancer
     * @param internal whether the balancer stands in the private network instead of on the internet
     * @param ingestTasks the most ingest tasks
     * @param apiTasks the most API tasks
     */
    record Services(
            Images images,
            String certificateArn,
            List<String> addresses,
            boolean internal,
            int ingestTasks,
            int apiTasks) {}

    /** Container images in the account's own registry, each by digest. */
    record Images(String ingest, String api, String migrations, String kafkaTools) {}

    /**
     * @param alarmEmail who is told
     * @param monthlyBudget in US dollars
     */
    record Operations(String alarmEmail, int monthlyBudget) {}

    private static final Pattern ACCOUNT = Pattern.compile("\\d{12}");
    private static final Pattern SOURCE_NAME = Pattern.compile("[a-z][a-z0-9-]{0,30}");
    private static final Pattern TABLE = Pattern.compile("[^.\\s]+\\.[^.\\s]+");
    private static final Pattern CIDR =
            Pattern.compile("(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})/(\\d{1,2})");
    private static final Pattern DIGEST = Pattern.compile("[^@\\s]+@sha256:[0-9a-f]{64}");
    private static final Pattern DATABASE_NAME = Pattern.compile("[a-z][a-z0-9_]{0,62}");
    private static final Duration LONGEST_INSPECTION = Duration.ofDays(7);

    /**
     * Reads and checks a stack's configuration.
     *
     * @param daybook the namespace {@code daybook}
     * @param aws the namespace {@code aws}
     * @param clock to know whether an inspection is over
     */
    static Settings from(Config daybook, Config aws, Clock clock) {
        Keys keys = new Keys(daybook);
        Keys provider = new Keys(aws);
        String region = provider.text("region", "name the region, such as eu-central-1");
        String accountId =
                keys.matching(
                        "accountId",
                        ACCOUNT,
                        "is not an account number",
                        "write its twelve digits in quotes");
        Profile profile =
                switch (keys.text("profile", "write dev or prod")) {
                    case "dev" -> Profile.DEV;
                    case "prod" -> Profile.PROD;
                    default ->
                            throw keys.wrong(
                                    "profile", "is neither dev nor prod", "write one of them");
                };
        return new Settings(
                accountId,
                region,
                zones(keys, region),
                network(keys),
                profile,
                source(keys),
                capture(keys),
                kafka(keys),
                inspection(keys, clock),
                database(keys, "audit", "audit"),
                sink(keys, region, clock),
                services(keys, accountId, region),
                operations(keys),
                keys.number("credentialGeneration", 1, 1, 1_000_000));
    }

    private static List<String> zones(Keys keys, String region) {
        List<String> zones = keys.texts("zones", List.of(region + "a", region + "b", region + "c"));
        if (zones.size() != 3 || new HashSet<>(zones).size() != 3) {
            throw keys.wrong(
                    "zones",
                    "does not name three different zones",
                    "name three zones of "
                            + region
                            + "; brokers and copies of the data are spread over them");
        }
        for (String zone : zones) {
            if (!zone.startsWith(region)) {
                throw keys.wrong(
                        "zones",
                        "names " + zone + ", which is not in " + region,
                        "name zones of that region");
            }
        }
        return zones;
    }

    private static String network(Keys keys) {
        String cidr = keys.text("vpcCidr", Optional.of("10.60.0.0/16"), "");
        if (!cidr.matches("\\d{1,3}\\.\\d{1,3}\\.0\\.0/16")) {
            throw keys.wrong(
                    "vpcCidr",
                    "is " + cidr + ", not a /16",
                    "write one such as 10.60.0.0/16 that is free");
        }
        return cidr;
    }

    private static Source source(Keys keys) {
        String name =
                keys.matching(
                        "sourceName",
                        SOURCE_NAME,
                        "is not a short name in lower case",
                        "it becomes part of a topic's name: use letters, digits and hyphens, such as shop");
        List<String> tables = keys.texts("tables", List.of());
        if (tables.isEmpty()) {
            throw keys.wrong(
                    "tables",
                    "names no table",
                    "write patterns such as public.*; a task without tables would audit nothing");
        }
        for (String table : tables) {
            if (!TABLE.matcher(table).matches()) {
                throw keys.wrong(
                        "tables",
                        "has " + table + ", which is not schema.table",
                        "write it like public.orders");
            }
        }
        return new Source(name, tables, keys.flag("fullIdentity", false), location(keys));
    }

    private static Location location(Keys keys) {
        return switch (keys.text("source", "write made or existing")) {
            case "made" -> new Location.Made(database(keys, "source", "app"));
            case "existing" ->
                    new Location.Existing(
                            keys.text("sourceHost", "name the cluster's writer endpoint"),
                            keys.number("sourcePort", 5432, 1, 65_535),
                            keys.text("sourceDatabase", "name the database"),
                            keys.matching(
                                    "sourceSecretArn",
                                    Pattern.compile("arn:[^:]+:secretsmanager:.+"),
                                    "is not a secret's ARN",
                                    "name a secret with username, password, host and port of the capture role"),
                            keys.matching(
                                    "sourceSecretKeyArn",
                                    Pattern.compile("arn:[^:]+:kms:[^*]+"),
                                    "is not a key's ARN",
                                    "name the key that the secret is encrypted with"),
                            keys.matching(
                                    "sourceSecurityGroup",
                                    Pattern.compile("sg-[0-9a-f]+"),
                                    "is not a security group",
                                    "name the cluster's, such as sg-0123456789abcdef0"),
                            keys.text("sourceCluster", "name the cluster's identifier"),
                            peer(keys));
            default ->
                    throw keys.wrong("source", "is neither made nor existing", "write one of them");
        };
    }

    private static Peer peer(Keys keys) {
        String cidr = keys.text("sourceVpcCidr", "write the addresses of the source's network");
        prefixLength(keys, "sourceVpcCidr", cidr);
        String own = network(keys);
        // Ours is a /16: the first two numbers tell whether the two overlap.
        if (cidr.startsWith(own.substring(0, own.indexOf(".0.0/") + 1))) {
            throw keys.wrong(
                    "vpcCidr",
                    "is " + own + ", which the source's network " + cidr + " is in",
                    "write another /16: joined networks may not overlap");
        }
        List<String> tables = keys.texts("sourceRouteTables", List.of());
        if (tables.isEmpty()) {
            throw keys.wrong(
                    "sourceRouteTables",
                    "names no route table",
                    "name those of the source's subnets, or its answers find no way back");
        }
        return new Peer(
                keys.matching(
                        "sourceVpc",
                        Pattern.compile("vpc-[0-9a-f]+"),
                        "is not a network",
                        "name the source's, such as vpc-0123456789abcdef0"),
                cidr,
                tables);
    }

    private static Database database(Keys keys, String prefix, String defaultName) {
        String name = keys.text(prefix + "DatabaseName", Optional.of(defaultName), "");
        if (!DATABASE_NAME.matcher(name).matches()) {
            throw keys.wrong(
                    prefix + "DatabaseName",
                    "is not a name in lower case",
                    "use letters, digits and underscores");
        }
        String version = keys.text(prefix + "EngineVersion", Optional.of("16.6"), "");
        if (!version.matches("1[5-9]\\.\\d+")) {
            throw keys.wrong(
                    prefix + "EngineVersion",
                    "is " + version + ", not a version of Aurora PostgreSQL from 15 on",
                    "write one such as 16.6");
        }
        String instance = keys.text(prefix + "InstanceClass", Optional.of("db.r7g.large"), "");
        if (!instance.startsWith("db.")) {
            throw keys.wrong(
                    prefix + "InstanceClass",
                    "is " + instance + ", not an instance class",
                    "write one such as db.r7g.large, or db.serverless");
        }
        return new Database(
                name, version, instance, keys.number(prefix + "MaxCapacity", 8, 1, 256));
    }

    private static Capture capture(Keys keys) {
        Compute compute =
                switch (keys.text("capture", Optional.of("instance"), "")) {
                    case "instance" ->
                            new Compute.Instance(
                                    keys.text(
                                            "captureInstanceClass",
                                            Optional.of("dms.t3.medium"),
                                            ""),
                                    keys.number("captureStorage", 100, 20, 6_144));
                    case "serverless" ->
                            new Compute.Serverless(
                                    keys.number("captureMinCapacity", 1, 1, 384),
                                    keys.number("captureMaxCapacity", 4, 1, 384));
                    default ->
                            throw keys.wrong(
                                    "capture",
                                    "is neither instance nor serverless",
                                    "write one of them");
                };
        if (compute instanceof Compute.Serverless(int least, int most) && least > most) {
            throw keys.wrong(
                    "captureMinCapacity",
                    "is above daybook:captureMaxCapacity",
                    "make it the smaller one");
        }
        return new Capture(
                compute,
                keys.text("captureEngineVersion", Optional.of("3.6.1"), ""),
                keys.flag("captureStart", false),
                keys.flag("captureDdl", true),
                keys.number("captureLobKilobytes", 256, 1, 102_400),
                keys.number("captureParallelApplyThreads", 0, 0, 32),
                keys.flag("captureAccountRoles", true));
    }

    private static Kafka kafka(Keys keys) {
        Kafka kafka =
                new Kafka(
                        keys.text("kafkaVersion", Optional.of("3.9.x"), ""),
                        keys.text("kafkaInstanceType", Optional.of("kafka.m7g.large"), ""),
                        keys.number("kafkaStorage", 200, 10, 16_384),
                        keys.number("changesPartitions", 4, 1, 200),
                        keys.number("entriesPartitions", 8, 1, 200),
                        keys.number(
                                "kafkaMaxMessageBytes",
                                8 * 1024 * 1024,
                                1024 * 1024,
                                64 * 1024 * 1024));
        int lobBytes = 1024 * keys.number("captureLobKilobytes", 256, 1, 102_400);
        if (lobBytes >= kafka.maxMessageBytes()) {
            throw keys.wrong(
                    "captureLobKilobytes",
                    "allows a value of "
                            + lobBytes
                            + " bytes, which no record of daybook:kafkaMaxMessageBytes holds",
                    "raise daybook:kafkaMaxMessageBytes above it, or lower it");
        }
        return kafka;
    }

    private static Optional<Inspection> inspection(Keys keys, Clock clock) {
        List<String> addresses = keys.texts("inspectionAddresses", List.of());
        Optional<String> until = keys.text("inspectionUntil");
        if (addresses.isEmpty() && until.isEmpty()) {
            return Optional.empty();
        }
        if (addresses.isEmpty() || until.isEmpty()) {
            throw keys.wrong(
                    addresses.isEmpty() ? "inspectionAddresses" : "inspectionUntil",
                    "is missing",
                    "access from outside needs both who (daybook:inspectionAddresses) and until when"
                            + " (daybook:inspectionUntil); unset both for none");
        }
        for (String address : addresses) {
            if (prefixLength(keys, "inspectionAddresses", address) < 24) {
                throw keys.wrong(
                        "inspectionAddresses",
                        "has " + address + ", which is more than 256 addresses",
                        "name the addresses of those who look, each as a.b.c.d/32");
            }
        }
        Instant end;
        try {
            end = Instant.parse(until.get());
        } catch (java.time.format.DateTimeParseException e) {
            throw keys.wrong(
                    "inspectionUntil",
                    "is " + until.get() + ", not a time in UTC",
                    "write one such as 2027-01-31T18:00:00Z");
        }
        Instant now = clock.instant();
        if (!end.isAfter(now)) {
            throw keys.wrong(
                    "inspectionUntil",
                    "was " + end + " and is over",
                    "unset daybook:inspectionAddresses and daybook:inspectionUntil and run again, which"
                            + " closes the cluster; or name a later time");
        }
        if (end.isAfter(now.plus(LONGEST_INSPECTION))) {
            throw keys.wrong(
                    "inspectionUntil",
                    "is more than " + LONGEST_INSPECTION.toDays() + " days away",
                    "name a time within them");
        }
        return Optional.of(new Inspection(addresses, end));
    }

    private static Sink sink(Keys keys, String region, Clock clock) {
        return new Sink(
                PluginFile.read(
                        keys.text("sinkPlugin", "name the ZIP file that bin/msk-plugin makes"),
                        region,
                        clock),
                keys.text("sinkConnectVersion", Optional.of("3.7.x"), ""),
                keys.number("sinkWorkers", 2, 1, 10));
    }

    private static Services services(Keys keys, String accountId, String region) {
        List<String> addresses = keys.texts("apiAddresses", List.of());
        if (addresses.isEmpty()) {
            throw keys.wrong(
                    "apiAddresses",
                    "names nobody",
                    "write who may reach the API, such as the office's 203.0.113.0/24");
        }
        boolean everyone = keys.flag("apiForEveryone", false);
        for (String address : addresses) {
            if (prefixLength(keys, "apiAddresses", address) == 0 && !everyone) {
                throw keys.wrong(
                        "apiAddresses",
                        "has " + address + ", which is everyone",
                        "name ranges, or set daybook:apiForEveryone to true if everyone is meant");
            }
        }
        int partitions = keys.number("changesPartitions", 4, 1, 200);
        int ingest = keys.number("ingestTasks", 2, 1, 200);
        if (ingest > partitions) {
            throw keys.wrong(
                    "ingestTasks",
                    "is "
                            + ingest
                            + ", more than the "
                            + partitions
                            + " partitions of daybook:changesPartitions",
                    "the tasks above it would stand idle: lower it, or raise the partitions");
        }
        return new Services(
                new Images(
                        image(keys, "imageIngest", accountId, region),
                        image(keys, "imageApi", accountId, region),
                        image(keys, "imageMigrations", accountId, region),
                        image(keys, "imageKafkaTools", accountId, region)),
                keys.matching(
                        "apiCertificateArn",
                        Pattern.compile("arn:[^:]+:acm:.+"),
                        "is not a certificate of ACM",
                        "name one for the API's host name, in " + region),
                addresses,
                keys.flag("apiInternal", false),
                ingest,
                keys.number("apiTasks", 4, 2, 50));
    }

    private static String image(Keys keys, String key, String accountId, String region) {
        String image =
                keys.matching(
                        key,
                        DIGEST,
                        "is not an image by digest",
                        "write repository@sha256:…: a tag may be moved to something else");
        String registry = accountId + ".dkr.ecr." + region + ".amazonaws.com/";
        if (!image.startsWith(registry)) {
            throw keys.wrong(
                    key,
                    "is not in this account's registry",
                    "push it to " + registry + "…: the tasks have no way to the internet");
        }
        return image;
    }

    private static Operations operations(Keys keys) {
        String email = keys.text("alarmEmail", "name who is told");
        if (!email.contains("@")) {
            throw keys.wrong(
                    "alarmEmail",
                    "is " + email + ", not an address",
                    "write one such as ops@example.com");
        }
        return new Operations(email, keys.number("monthlyBudget", 1_000, 1, 10_000_000));
    }

    private static int prefixLength(Keys keys, String key, String cidr) {
        var matcher = CIDR.matcher(cidr);
        boolean right = matcher.matches() && Integer.parseInt(matcher.group(5)) <= 32;
        for (int i = 1; right && i <= 4; i++) {
            right = Integer.parseInt(matcher.group(i)) <= 255;
        }
        if (!right) {
            throw keys.wrong(
                    key, "has " + cidr + ", not a range of addresses", "write it as a.b.c.d/32");
        }
        return Integer.parseInt(matcher.group(5));
    }

    /** Reads single keys; everything that is wrong with one names it in full. */
    private record Keys(Config config) {

        InvalidSettingException wrong(String key, String rule, String remedy) {
            return new InvalidSettingException(config.getName() + ":" + key, rule, remedy + ".");
        }

        Optional<String> text(String key) {
            return config.get(key).map(String::strip).filter(text -> !text.isEmpty());
        }

        String text(String key, String remedy) {
            return text(key, Optional.empty(), remedy);
        }

        String text(String key, Optional<String> otherwise, String remedy) {
            return text(key)
                    .or(() -> otherwise)
                    .orElseThrow(() -> wrong(key, "is not set", remedy));
        }

        String matching(String key, Pattern pattern, String rule, String remedy) {
            String text = text(key, remedy);
            if (!pattern.matcher(text).matches()) {
                throw wrong(key, "is " + text + ", which " + rule, remedy);
            }
            return text;
        }

        List<String> texts(String key, List<String> otherwise) {
            Optional<String> text = text(key);
            if (text.isEmpty()) {
                return otherwise;
            }
            String[] values;
            try {
                values = config.getObject(key, String[].class).orElseGet(() -> new String[0]);
            } catch (RuntimeException e) {
                throw wrong(
                        key, "is " + text.get() + ", not a list", "write it as a list of texts");
            }
            return List.of(values);
        }

        boolean flag(String key, boolean otherwise) {
            return parsed(
                    key,
                    otherwise,
                    text ->
                            switch (text) {
                                case "true" -> true;
                                case "false" -> false;
                                default -> throw wrong(key, "is " + text, "write true or false");
                            });
        }

        int number(String key, int otherwise, int least, int most) {
            int number =
                    parsed(
                            key,
                            otherwise,
                            text -> {
                                try {
                                    return Integer.parseInt(text);
                                } catch (NumberFormatException e) {
                                    throw wrong(
                                            key,
                                            "is " + text + ", not a number",
                                            "write a whole number");
                                }
                            });
            if (number < least || number > most) {
                throw wrong(key, "is " + number, "write a number from " + least + " to " + most);
            }
            return number;
        }

        private <T> T parsed(String key, T otherwise, Function<String, T> parse) {
            return text(key).map(parse).orElse(otherwise);
        }
    }
}
