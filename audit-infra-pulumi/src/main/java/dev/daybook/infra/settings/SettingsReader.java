package dev.daybook.infra.settings;

import com.pulumi.Config;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/**
 * Reads a stack's settings and refuses, by key, rule and remedy, what is known to fail: before
 * anything is made, and not half an hour later in AWS's words.
 */
public final class SettingsReader {

    /**
     * Resources are named after the stack. The longest of those names is that of the bucket for
     * plugins, of which S3 leaves 37 characters to the prefix; RDS, DMS and MSK take lower case,
     * digits and single hyphens only.
     */
    private static final Pattern STACK_NAME = Pattern.compile("[a-z](-?[a-z0-9])*");

    private static final int LONGEST_STACK_NAME = 15;

    private static final Pattern ACCOUNT = Pattern.compile("\\d{12}");
    private static final Pattern REGION = Pattern.compile("[a-z]{2}-[a-z]+-\\d");

    /** The last letters of the zones, where they are not a, b and c. */
    private static final Map<String, String> ZONES =
            Map.of("ap-northeast-1", "acd", "ca-central-1", "abd");

    private static final Pattern SOURCE_NAME = Pattern.compile("[a-z][a-z0-9-]{0,30}");
    private static final Pattern TABLE = Pattern.compile("[^.\\s]+\\.[^.\\s]+");
    private static final Pattern ANCHOR =
            Pattern.compile("|s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[A-Za-z0-9._/-]*)?");
    private static final Pattern DIGEST = Pattern.compile("[^@\\s]+@sha256:[0-9a-f]{64}");
    private static final Pattern DATABASE_NAME = Pattern.compile("[a-z][a-z0-9_]{0,62}");
    private static final Pattern AURORA_VERSION = Pattern.compile("1[5-9](\\.\\d+)?");

    private static final Pattern KAFKA_VERSION =
            Pattern.compile("\\d+\\.\\d+\\.(x|\\d+)(\\.tiered)?(\\.kraft)?");

    /** What a serverless replication can be sized to. */
    private static final List<String> CAPACITY_UNITS =
            AwsFacts.get()
                    .values(
                            "aws:dms/replicationConfig:ReplicationConfig",
                            "computeConfig.maxCapacityUnits");

    private static final Duration LONGEST_INSPECTION = Duration.ofDays(7);

    private final ConfigKeys keys;
    private final Clock clock;
    private final String stack;
    private final String accountId;
    private final String region;

    private SettingsReader(
            String project,
            String stackName,
            Config daybook,
            Config aws,
            Clock clock,
            Consumer<SettingKey> asked) {
        this.keys = new ConfigKeys(daybook, asked);
        this.clock = clock;
        this.stack = project + "-" + checked(stackName);
        this.region =
                new ConfigKeys(aws, asked)
                        .matching(
                                "region",
                                REGION,
                                "is not a region of the partition aws",
                                "name one such as eu-central-1; China and GovCloud have other names for"
                                        + " everything");
        this.accountId =
                keys.matching(
                        "accountId",
                        ACCOUNT,
                        "is not an account number",
                        "write its twelve digits in quotes");
    }

    /**
     * Reads and checks a stack's configuration.
     *
     * @param project the project's name
     * @param stackName the stack's name
     * @param daybook the namespace {@code daybook}
     * @param aws the namespace {@code aws}
     * @param clock to know whether an inspection is over
     */
    public static Settings read(
            String project, String stackName, Config daybook, Config aws, Clock clock) {
        return read(project, stackName, daybook, aws, clock, key -> {});
    }

    /**
     * Reads and checks a stack's configuration, and tells of each key that it asks for.
     *
     * @param asked what is told
     */
    public static Settings read(
            String project,
            String stackName,
            Config daybook,
            Config aws,
            Clock clock,
            Consumer<SettingKey> asked) {
        return new SettingsReader(project, stackName, daybook, aws, clock, asked).settings();
    }

    private Settings settings() {
        AddressRange addresses = network();
        Settings.Kafka kafka = kafka();
        return new Settings(
                stack,
                accountId,
                region,
                zones(),
                addresses,
                profile(),
                source(addresses),
                capture(kafka),
                kafka,
                inspection(),
                database("audit", "audit"),
                sink(),
                services(kafka),
                operations(),
                keys.number(
                        "credentialGeneration",
                        "raised to renew every password that the program makes",
                        1,
                        1,
                        1_000_000));
    }

    private static String checked(String stackName) {
        if (stackName.length() > LONGEST_STACK_NAME || !STACK_NAME.matcher(stackName).matches()) {
            throw new InvalidSettingException(
                    "The stack's name",
                    "is " + stackName + ", and resources cannot be named after it",
                    "use a letter and at most 14 more letters in lower case, digits and single"
                            + " hyphens, such as staging-euwest1 (pulumi stack rename).");
        }
        return stackName;
    }

    private Settings.Profile profile() {
        return keys.word("profile", List.of("dev", "prod")).equals("prod")
                ? Settings.Profile.PROD
                : Settings.Profile.DEV;
    }

    private List<String> zones() {
        List<String> zones =
                keys.texts(
                        "zones",
                        "three availability zones of the region; three of its own choice where none is named");
        if (zones.isEmpty()) {
            if (region.equals("us-west-1")) {
                throw keys.wrong(
                        "zones",
                        "is not set, and us-west-1 has no three zones for every account",
                        "choose another region; brokers and copies of the data are spread over"
                                + " three");
            }
            return defaultZones(region);
        }
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

    /** Three zones that a region has for every account. */
    public static List<String> defaultZones(String region) {
        return ZONES.getOrDefault(region, "abc")
                .chars()
                .mapToObj(letter -> region + (char) letter)
                .toList();
    }

    private AddressRange network() {
        String text =
                keys.text("vpcCidr", "the network's addresses, a /16 that is free", "10.60.0.0/16");
        AddressRange range = keys.range("vpcCidr", text);
        if (range.length() != 16) {
            throw keys.wrong(
                    "vpcCidr",
                    "is " + text + ", not a /16",
                    "write one such as 10.60.0.0/16 that is free");
        }
        return range;
    }

    private Settings.Source source(AddressRange addresses) {
        String name =
                keys.matching(
                        "sourceName",
                        SOURCE_NAME,
                        "is not a short name in lower case",
                        "it becomes part of a topic's name: use letters, digits and hyphens, such as shop");
        List<String> tables =
                keys.texts("tables", "which tables, as schema.table with * for any part");
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
        return new Settings.Source(
                name,
                tables,
                keys.flag("fullIdentity", "whether the tables have REPLICA IDENTITY FULL", false),
                location(addresses));
    }

    private Settings.Location location(AddressRange addresses) {
        return keys.word("source", List.of("made", "existing")).equals("made")
                ? new Settings.Location.Made(database("source", "app"))
                : new Settings.Location.Existing(
                        keys.required("sourceHost", "name the cluster's writer endpoint"),
                        keys.number("sourcePort", "the source's port", 5432, 1, 65_535),
                        keys.required("sourceDatabase", "name the database"),
                        keys.matching(
                                "sourceSecretArn",
                                Pattern.compile("arn:aws:secretsmanager:.+"),
                                "is not a secret's ARN",
                                "name a secret with username, password, host and port of the capture role"),
                        keys.matching(
                                "sourceSecretKeyArn",
                                Pattern.compile("arn:aws:kms:[^*]+"),
                                "is not a key's ARN",
                                "name the key that the secret is encrypted with"),
                        keys.matching(
                                "sourceSecurityGroup",
                                Pattern.compile("sg-[0-9a-f]+"),
                                "is not a security group",
                                "name the cluster's, such as sg-0123456789abcdef0"),
                        keys.required("sourceCluster", "name the cluster's identifier"),
                        peer(addresses));
    }

    private Settings.Peer peer(AddressRange own) {
        AddressRange theirs =
                keys.range(
                        "sourceVpcCidr",
                        keys.required(
                                "sourceVpcCidr", "write the addresses of the source's network"));
        if (theirs.overlaps(own)) {
            throw keys.wrong(
                    "vpcCidr",
                    "is " + own + ", which overlaps the source's network " + theirs,
                    "write another /16: joined networks may not overlap");
        }
        List<String> tables =
                keys.texts("sourceRouteTables", "the route tables of the source's subnets");
        if (tables.isEmpty()) {
            throw keys.wrong(
                    "sourceRouteTables",
                    "names no route table",
                    "name those of the source's subnets, or its answers find no way back");
        }
        return new Settings.Peer(
                keys.matching(
                        "sourceVpc",
                        Pattern.compile("vpc-[0-9a-f]+"),
                        "is not a network",
                        "name the source's, such as vpc-0123456789abcdef0"),
                theirs,
                tables);
    }

    private Settings.Database database(String prefix, String defaultName) {
        return new Settings.Database(
                keys.matching(
                        prefix + "DatabaseName",
                        defaultName,
                        DATABASE_NAME,
                        "is not a name in lower case",
                        "use letters, digits and underscores"),
                auroraVersion(prefix + "EngineVersion"),
                instanceClass(prefix + "InstanceClass"),
                keys.number(
                        prefix + "MaxCapacity",
                        "the most Aurora capacity units of db.serverless",
                        8,
                        1,
                        256));
    }

    private String instanceClass(String key) {
        String name =
                keys.matching(
                        key,
                        "db.r7g.large",
                        Pattern.compile("db\\..+"),
                        "is not an instance class",
                        "write one such as db.r7g.large, or db.serverless");
        AwsFacts facts = AwsFacts.get();
        // A class that no region is known to have may be newer than what is known.
        if (facts.knowsClass(AwsFacts.AURORA, name)
                && !facts.hasClass(AwsFacts.AURORA, name, region)) {
            throw keys.wrong(
                    key,
                    "is " + name + ", which Aurora PostgreSQL does not have in " + region,
                    "write another, such as db.r7g.large, or db.serverless (known as of "
                            + facts.date()
                            + "; bin/aws-facts reads it anew)");
        }
        return name;
    }

    /** The default is Aurora's version with long-term support. */
    private String auroraVersion(String key) {
        String version =
                keys.matching(
                        key,
                        "16.8",
                        AURORA_VERSION,
                        "is not a version of Aurora PostgreSQL from 15 on",
                        "write one such as 16.8, or 16 for the newest of that major version");
        AwsFacts facts = AwsFacts.get();
        if (facts.refused(AwsFacts.AURORA).contains(version)) {
            String major = version.substring(0, version.indexOf('.') + 1);
            String first =
                    facts.created(AwsFacts.AURORA).stream()
                            .filter(created -> created.startsWith(major))
                            .findFirst()
                            .orElseGet(() -> facts.created(AwsFacts.AURORA).getLast());
            throw keys.wrong(
                    key,
                    "is " + version + ", which AWS no longer creates",
                    "write " + first + " or a newer one");
        }
        return version;
    }

    private Settings.Capture capture(Settings.Kafka kafka) {
        Settings.Compute compute =
                keys.wordOrFirst("capture", List.of("instance", "serverless")).equals("instance")
                        ? new Settings.Compute.Instance(
                                keys.text(
                                        "captureInstanceClass",
                                        "the class of the replication instance",
                                        "dms.t3.medium"),
                                keys.number(
                                        "captureStorage",
                                        "gigabytes of the replication instance",
                                        100,
                                        20,
                                        6_144))
                        : serverless();
        int lobKilobytes =
                keys.number(
                        "captureLobKilobytes",
                        "the longest text, json or bytea value; a longer one stops the task",
                        256,
                        1,
                        102_400);
        if (1024 * lobKilobytes >= kafka.maxMessageBytes()) {
            throw keys.wrong(
                    "captureLobKilobytes",
                    "allows a value of "
                            + 1024 * lobKilobytes
                            + " bytes, which no record of daybook:kafkaMaxMessageBytes holds",
                    "raise daybook:kafkaMaxMessageBytes above it, or lower it");
        }
        return new Settings.Capture(
                compute,
                keys.text("captureEngineVersion", "the version of DMS", "3.6.1"),
                keys.flag(
                        "captureStart",
                        "whether the capture runs; false until the source is prepared",
                        false),
                keys.flag("captureDdl", "whether DMS may keep its DDL trigger in the source", true),
                lobKilobytes,
                keys.number(
                        "captureParallelApplyThreads",
                        "0 keys records by table, more by primary key",
                        0,
                        0,
                        32),
                keys.flag(
                        "captureAccountRoles",
                        "whether the two roles that DMS wants once an account are made here",
                        true));
    }

    private Settings.Compute serverless() {
        int least = capacity("captureMinCapacity", 1);
        int most = capacity("captureMaxCapacity", 4);
        if (least > most) {
            throw keys.wrong(
                    "captureMinCapacity",
                    "is above daybook:captureMaxCapacity",
                    "make it the smaller one");
        }
        return new Settings.Compute.Serverless(least, most);
    }

    private int capacity(String key, int otherwise) {
        int units =
                keys.number(
                        key,
                        "DMS capacity units of a serverless capture: "
                                + String.join(", ", CAPACITY_UNITS),
                        otherwise,
                        1,
                        384);
        if (!CAPACITY_UNITS.contains(Integer.toString(units))) {
            throw keys.wrong(
                    key,
                    "is " + units + ", which DMS has no capacity of",
                    "write one of " + CAPACITY_UNITS);
        }
        return units;
    }

    /** The default is managed by KRaft: a cluster of ZooKeeper's never gets to Kafka 4. */
    private Settings.Kafka kafka() {
        String version =
                keys.matching(
                        "kafkaVersion",
                        "3.9.x.kraft",
                        KAFKA_VERSION,
                        "is not a version of MSK",
                        "write one such as 3.9.x.kraft");
        if (AwsFacts.get().refused(AwsFacts.KAFKA).contains(version)) {
            throw keys.wrong(
                    "kafkaVersion",
                    "is " + version + ", which MSK does not create on these brokers",
                    "write one of " + String.join(", ", AwsFacts.get().created(AwsFacts.KAFKA)));
        }
        String instanceType =
                keys.matching(
                        "kafkaInstanceType",
                        "kafka.m7g.large",
                        Pattern.compile("kafka\\..+"),
                        "is not a type of broker",
                        "write one such as kafka.m7g.large");
        if (instanceType.equals("kafka.t3.small")
                && (version.endsWith(".kraft") || !version.startsWith("3."))) {
            throw keys.wrong(
                    "kafkaInstanceType",
                    "is kafka.t3.small, which MSK refuses with Kafka " + version,
                    "write kafka.m7g.large; brokers of that size need a daybook:kafkaVersion before 4"
                            + " without .kraft");
        }
        return new Settings.Kafka(
                version,
                instanceType,
                keys.number(
                        "kafkaStorage", "gigabytes of each of the three brokers", 200, 10, 16_384),
                keys.number(
                        "changesPartitions",
                        "partitions of the topic of changes, chosen once",
                        4,
                        1,
                        200),
                keys.number(
                        "entriesPartitions",
                        "partitions of the topic of entries, chosen once",
                        8,
                        1,
                        200),
                keys.number(
                        "kafkaMaxMessageBytes",
                        "the largest record",
                        8 * 1024 * 1024,
                        1024 * 1024,
                        64 * 1024 * 1024));
    }

    private Optional<Settings.Inspection> inspection() {
        List<String> addresses =
                keys.texts(
                        "inspectionAddresses",
                        "who may look into the brokers from outside, each as a.b.c.d/32");
        Optional<String> until =
                keys.text(
                        "inspectionUntil",
                        "when an inspection ends, in UTC and within a week, such as 2027-01-31T18:00:00Z");
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
            if (keys.range("inspectionAddresses", address).length() < 24) {
                throw keys.wrong(
                        "inspectionAddresses",
                        "has " + address + ", which is more than 256 addresses",
                        "name the addresses of those who look, each as a.b.c.d/32");
            }
        }
        Instant end;
        try {
            end = Instant.parse(until.get());
        } catch (DateTimeParseException e) {
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
        return Optional.of(new Settings.Inspection(addresses, end));
    }

    private Settings.Sink sink() {
        return new Settings.Sink(
                PluginFile.read(
                        keys.required("sinkPlugin", "name the ZIP file that bin/msk-plugin makes"),
                        region,
                        clock),
                keys.text("sinkConnectVersion", "the version of MSK Connect", "3.7.x"),
                keys.number("sinkWorkers", "the most workers of the sink", 2, 1, 10));
    }

    private Settings.Services services(Settings.Kafka kafka) {
        List<String> addresses = keys.texts("apiAddresses", "who may reach the API");
        if (addresses.isEmpty()) {
            throw keys.wrong(
                    "apiAddresses",
                    "names nobody",
                    "write who may reach the API, such as the office's 203.0.113.0/24");
        }
        boolean everyone =
                keys.flag(
                        "apiForEveryone",
                        "whether everyone may be among daybook:apiAddresses",
                        false);
        for (String address : addresses) {
            if (keys.range("apiAddresses", address).length() == 0 && !everyone) {
                throw keys.wrong(
                        "apiAddresses",
                        "has " + address + ", which is everyone",
                        "name ranges, or set daybook:apiForEveryone to true if everyone is meant");
            }
        }
        int ingest =
                keys.number(
                        "ingestTasks",
                        "the most tasks of the ingest, no more than daybook:changesPartitions",
                        2,
                        1,
                        200);
        if (ingest > kafka.changesPartitions()) {
            throw keys.wrong(
                    "ingestTasks",
                    "is "
                            + ingest
                            + ", more than the "
                            + kafka.changesPartitions()
                            + " partitions of daybook:changesPartitions",
                    "the tasks above it would stand idle: lower it, or raise the partitions");
        }
        return new Settings.Services(
                new Settings.Images(
                        image("imageIngest"),
                        image("imageApi"),
                        image("imageSealer"),
                        image("imageMigrations"),
                        image("imageKafkaTools")),
                keys.matching(
                        "apiCertificateArn",
                        Pattern.compile(
                                "arn:aws:acm:" + region + ":" + accountId + ":certificate/.+"),
                        "is not a certificate of ACM in " + region + " and this account",
                        "name one for the API's host name; the balancer takes no other"),
                addresses,
                keys.flag(
                        "apiInternal", "whether the balancer stands in the private network", false),
                ingest,
                keys.number("apiTasks", "the most tasks of the API", 4, 2, 50),
                anchor());
    }

    private Optional<Settings.Anchor> anchor() {
        String place =
                keys.matching(
                        "anchor",
                        "",
                        ANCHOR,
                        "is not a place in a bucket of S3",
                        "write s3://bucket/prefix of a bucket with Object Lock in the stack's region,"
                                + " best another account's");
        if (place.isEmpty()) {
            return Optional.empty();
        }
        String[] parts = place.substring("s3://".length()).split("/", 2);
        return Optional.of(new Settings.Anchor(parts[0], parts.length < 2 ? "" : parts[1]));
    }

    private String image(String key) {
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

    private Settings.Operations operations() {
        return new Settings.Operations(
                keys.matching(
                        "alarmEmail",
                        Pattern.compile(".+@.+"),
                        "is not an address",
                        "write who is told, such as ops@example.com"),
                keys.number(
                        "monthlyBudget",
                        "US dollars a month, of which the budget tells",
                        1_000,
                        1,
                        10_000_000));
    }
}
