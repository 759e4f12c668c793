package dev.daybook.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;

import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

import java.lang.reflect.Field;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** What no module may do, and why; over the classes of every module that this one is made of. */
class ArchitectureTest {

    private static final String CONTRACT = "dev.daybook.contract";
    private static final String DOMAIN = "dev.daybook.domain";
    private static final String CHANGE = "dev.daybook.ingest.change";
    private static final String DMS = "dev.daybook.ingest.dms";
    private static final String DEBEZIUM = "dev.daybook.ingest.debezium";
    private static final String JSON = "dev.daybook.ingest.json";
    private static final String TOPOLOGY = "dev.daybook.ingest.topology";
    private static final String SOURCE_DATABASE = "dev.daybook.source";
    private static final String SOURCE = "dev.daybook.connect.source";
    private static final String SINK = "dev.daybook.connect.sink";
    private static final String REST = "dev.daybook.api.rest";
    private static final String VIEW = "dev.daybook.api.view";
    private static final String JDBC = "dev.daybook.api.jdbc";
    private static final String CATALOG = "dev.daybook.ingest.jdbc";
    private static final String INGEST = "dev.daybook.ingest";
    private static final String CONNECT = "dev.daybook.connect";
    private static final String EVIDENCE = "dev.daybook.evidence";
    private static final String BUCKET = "dev.daybook.bucket";
    private static final String SEAL = "dev.daybook.seal";
    private static final String VERIFIER = "dev.daybook.verifier";
    private static final String PACK = "dev.daybook.pack";
    private static final String API = "dev.daybook.api";
    private static final String LOCAL = "dev.daybook.local";
    private static final String BENCH = "dev.daybook.bench";
    private static final String MIGRATIONS = "dev.daybook.migrations";
    private static final String INFRA = "dev.daybook.infra";
    private static final String AWS = "dev.daybook.connect.aws";

    private static final JavaClasses CLASSES =
            new ClassFileImporter()
                    .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                    .withImportOption(location -> !location.contains("jmh_generated"))
                    .importPackages("dev.daybook");

    // 1

    static final ArchRule contract_knows_only_itself =
            classes()
                    .that()
                    .resideInAPackage(CONTRACT + "..")
                    .should()
                    .onlyDependOnClassesThat()
                    .resideInAnyPackage(
                            CONTRACT + "..", "java..", "javax.management..", "org.jspecify..")
                    .because("every module stands on it, the plugins on an older Java included");

    static final ArchRule source_database_knows_only_the_contract =
            classes()
                    .that()
                    .resideInAPackage(SOURCE_DATABASE + "..")
                    .should()
                    .onlyDependOnClassesThat()
                    .resideInAnyPackage(
                            SOURCE_DATABASE + "..",
                            CONTRACT + "..",
                            "java..",
                            "org.jspecify..",
                            "org.postgresql..")
                    .because(
                            "the plugins, the migrations and the launcher prepare and check a"
                                    + " source by it, on the plugins' older Java too");

    static final ArchRule evidence_knows_only_the_jdk =
            classes()
                    .that()
                    .resideInAPackage(EVIDENCE + "..")
                    .should()
                    .onlyDependOnClassesThat()
                    .resideInAnyPackage(
                            EVIDENCE + "..", "java..", "javax.crypto..", "org.jspecify..")
                    .because(
                            "whoever does not trust us reads it, and runs it without anything else of ours");

    static final ArchRule bucket_knows_only_s3 =
            classes()
                    .that()
                    .resideInAPackage(BUCKET + "..")
                    .should()
                    .onlyDependOnClassesThat()
                    .resideInAnyPackage(
                            BUCKET + "..", "software.amazon..", "java..", "org.jspecify..")
                    .because("the API reads a log by it, and neither seals nor reads Kafka");

    static final ArchRule verifier_knows_only_the_evidence_and_the_jdk =
            classes()
                    .that()
                    .resideInAPackage(VERIFIER + "..")
                    .should()
                    .onlyDependOnClassesThat()
                    .resideInAnyPackage(
                            VERIFIER + "..", EVIDENCE + "..", "java..", "org.jspecify..")
                    .because("it is one jar that runs where nothing else of ours is");

    static final ArchRule verifier_writes_one_page =
            noClasses()
                    .that()
                    .resideInAPackage(VERIFIER + "..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage("java.net..", "java.lang.reflect..", "javax..")
                    .because("it opens files that strangers made, and must not be led elsewhere");

    static final ArchRule packs_are_made_without_the_sealer =
            noClasses()
                    .that()
                    .resideInAPackage(PACK + "..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(SEAL + "..", VERIFIER + "..", DOMAIN + "..", API + "..")
                    .because("the command line and the API make them, and neither seals");

    static final ArchRule domain_knows_only_itself =
            classes()
                    .that()
                    .resideInAPackage(DOMAIN + "..")
                    .should()
                    .onlyDependOnClassesThat()
                    .resideInAnyPackage(
                            DOMAIN + "..",
                            CONTRACT + "..",
                            "java..",
                            "javax.crypto..",
                            "org.jspecify..")
                    .because(
                            "the rules that the evidence depends on outlive frameworks and wire"
                                    + " formats");

    // 2

    static final ArchRule adapters_meet_at_ports =
            noClasses()
                    .that()
                    .resideInAnyPackage(
                            REST + "..",
                            VIEW + "..",
                            TOPOLOGY + "..",
                            CHANGE + "..",
                            DMS + "..",
                            DEBEZIUM + "..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(JDBC + "..", CATALOG + "..")
                    .because(
                            "what REST, the viewer and the ingest do must not depend on how entries are"
                                    + " stored");

    // 3

    static final ArchRule kafka_stays_at_the_edge =
            noClasses()
                    .that()
                    .resideOutsideOfPackages(
                            TOPOLOGY + "..",
                            CONNECT + "..",
                            SEAL + "..",
                            LOCAL + "..",
                            BENCH + "..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage("org.apache.kafka..", "org.springframework.kafka..")
                    .because("decoding, the domain and REST are tested without a broker");

    static final ArchRule sql_stays_in_its_adapters =
            noClasses()
                    .that()
                    .resideOutsideOfPackages(
                            JDBC + "..",
                            CATALOG + "..",
                            SOURCE_DATABASE + "..",
                            SOURCE + "..",
                            SINK + "..",
                            SEAL + "..",
                            PACK + "..",
                            LOCAL + "..",
                            BENCH + "..",
                            MIGRATIONS + "..")
                    .should()
                    .dependOnClassesThat(
                            resideInAnyPackage(
                                            "java.sql..",
                                            "org.postgresql..",
                                            "org.springframework.jdbc..",
                                            "org.springframework.data..")
                                    // What went wrong may be asked for by whoever has to say so.
                                    .and(not(type(SQLException.class))))
                    .because(
                            "a statement is found where statements are, and ports hide which"
                                    + " database answers");

    static final ArchRule domain_reads_no_json =
            noClasses()
                    .that()
                    .resideInAPackage(DOMAIN + "..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage("com.fasterxml.jackson..", "tools.jackson..")
                    .because("values keep their raw tokens; parsing is the adapters' work");

    static final ArchRule wire_formats_know_no_framework =
            noClasses()
                    .that()
                    .resideInAnyPackage(CHANGE + "..", DMS + "..", DEBEZIUM + "..", JSON + "..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage("org.springframework..")
                    .because("bytes in, changes out: the hot path has no container in it");

    static final ArchRule plugins_stand_alone =
            noClasses()
                    .that()
                    .resideInAPackage(CONNECT + "..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(
                            DOMAIN + "..",
                            INGEST + "..",
                            API + "..",
                            SEAL + "..",
                            LOCAL + "..",
                            "org.springframework..")
                    .because(
                            "the plugins run on MSK Connect's older Java, where of ours only the"
                                    + " contract, the evidence and the source database's part do besides");

    static final ArchRule cloud_program_stands_alone =
            noClasses()
                    .that()
                    .resideInAPackage(INFRA + "..")
                    .should()
                    .dependOnClassesThat(
                            resideInAnyPackage("dev.daybook..")
                                    .and(not(resideInAnyPackage(INFRA + "..", CONTRACT + ".."))))
                    .because(
                            "a deployment is described without the parts that it deploys; what"
                                    + " they agree on is the contract");

    static final ArchRule nothing_stands_on_the_benchmarks =
            noClasses()
                    .that()
                    .resideOutsideOfPackage(BENCH + "..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage(BENCH + "..")
                    .because("a benchmark measures what ships, and ships nothing");

    static final ArchRule aws_stays_out_of_the_plugins =
            noClasses()
                    .that()
                    .resideOutsideOfPackages(AWS + "..", INFRA + "..", BUCKET + "..", SEAL + "..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage("software.amazon..", "com.pulumi..")
                    .because(
                            "the pipeline runs without a cloud; the sealer keeps the log and its"
                                    + " checkpoints in a bucket where it is told to");

    static final ArchRule modules_depend_inwards =
            noClasses()
                    .that()
                    .resideInAnyPackage(INGEST + "..", API + "..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(LOCAL + "..", CONNECT + "..")
                    .because(
                            "the ingest and the API are deployed without the launcher and the"
                                    + " plugins");

    static final ArchRule ingest_and_api_are_strangers =
            noClasses()
                    .that()
                    .resideInAPackage(API + "..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage(INGEST + "..")
                    .because("they are two services; what passes between them is in the database");

    // 4

    static final ArchRule packages_have_no_cycles =
            slices().matching("dev.daybook.(**)")
                    .should()
                    .beFreeOfCycles()
                    .because("packages in a circle are one package that nobody can read");

    // 5

    static final ArchRule null_is_the_exception =
            classes()
                    .that()
                    .resideInAPackage("dev.daybook..")
                    .should(liveInANullMarkedPackage())
                    .because("NullAway checks only what is marked");

    // 6

    static final ArchRule time_is_injected =
            noClasses()
                    .should()
                    .callMethodWhere(
                            describe(
                                    "now() has no argument",
                                    call ->
                                            call.getTarget().getName().equals("now")
                                                    && call.getTarget()
                                                            .getRawParameterTypes()
                                                            .isEmpty()
                                                    && call.getTarget()
                                                            .getOwner()
                                                            .getPackageName()
                                                            .equals("java.time")))
                    .because("time comes from a Clock that a test can set");

    // 7

    static final ArchRule adapters_hide =
            classes()
                    .that()
                    .resideInAnyPackage(JDBC + "..", CATALOG + "..", REST + "..", VIEW + "..")
                    .and()
                    .areTopLevelClasses()
                    .and()
                    .doNotHaveSimpleName("package-info")
                    .should()
                    .notBePublic()
                    .because("an adapter is reached by its port only");

    // 8

    static final ArchRule constructors_inject =
            noFields()
                    .should()
                    .beAnnotatedWith("org.springframework.beans.factory.annotation.Autowired")
                    .orShould()
                    .beAnnotatedWith("org.springframework.beans.factory.annotation.Value")
                    .orShould()
                    .beAnnotatedWith("jakarta.inject.Inject")
                    .orShould()
                    .beAnnotatedWith("jakarta.annotation.Resource")
                    .because(
                            "an object is complete when it is constructed, by Spring or by a test");

    // 9

    static final ArchRule mapstruct_has_one_place =
            noClasses()
                    .that()
                    .resideOutsideOfPackage(REST + "..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage("org.mapstruct..")
                    .because("elsewhere a mapping has meaning, and is written out");

    @TestFactory
    Stream<DynamicTest> rules() {
        return Arrays.stream(ArchitectureTest.class.getDeclaredFields())
                .filter(field -> field.getType() == ArchRule.class)
                .map(
                        field ->
                                DynamicTest.dynamicTest(
                                        field.getName().replace('_', ' '),
                                        () -> rule(field).check(CLASSES)));
    }

    // 10

    /** A rule about a package that is gone holds for ever and says nothing. */
    @Test
    void everyPackageThatARuleNamesExists() {
        Set<String> packages =
                Set.copyOf(CLASSES.stream().map(JavaClass::getPackageName).distinct().toList());
        List<String> named =
                List.of(
                        CONTRACT,
                        EVIDENCE,
                        BUCKET,
                        SEAL,
                        VERIFIER,
                        PACK,
                        DOMAIN,
                        CHANGE,
                        DMS,
                        DEBEZIUM,
                        JSON,
                        TOPOLOGY,
                        SOURCE_DATABASE,
                        SOURCE,
                        SINK,
                        REST,
                        JDBC,
                        CATALOG,
                        INGEST,
                        CONNECT,
                        AWS,
                        API,
                        LOCAL,
                        BENCH,
                        MIGRATIONS,
                        INFRA);
        assertThat(packages).containsAll(named);
    }

    private static ArchRule rule(Field field) throws IllegalAccessException {
        return (ArchRule) field.get(null);
    }

    private static ArchCondition<JavaClass> liveInANullMarkedPackage() {
        return new ArchCondition<>("live in a @NullMarked package") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                boolean marked = type.getPackage().isAnnotatedWith(NullMarked.class);
                events.add(
                        new SimpleConditionEvent(
                                type,
                                marked,
                                type.getPackageName()
                                        + " of "
                                        + type.getSimpleName()
                                        + " has no @NullMarked"));
            }
        };
    }
}
