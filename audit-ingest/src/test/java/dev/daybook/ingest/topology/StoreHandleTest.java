package dev.daybook.ingest.topology;

import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;

import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.state.Stores;
import org.junit.jupiter.api.Test;

class StoreHandleTest {

    @Test
    void isTheOnlyWayToAStore() {
        noClasses()
                .that()
                .doNotHaveFullyQualifiedName(StoreHandle.class.getName())
                .should()
                .callMethodWhere(target(name("getStateStore")))
                .because(
                        "getStateStore takes any type that its caller names, and the mistake shows"
                                + " only when a value is read")
                .check(
                        new ClassFileImporter()
                                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                                .importPackages("dev.daybook.ingest"));
    }

    @Test
    void doesNotTakeTheBuilderOfAnotherStore() {
        assertThatThrownBy(
                        () ->
                                new StoreHandle<>(
                                        "one",
                                        Stores.keyValueStoreBuilder(
                                                Stores.inMemoryKeyValueStore("other"),
                                                Serdes.String(),
                                                Serdes.String())))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("other");
    }
}
