package dev.daybook.ingest;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.autoconfigure.AutoConfigurationImportSelector;
import org.springframework.core.annotation.AnnotationAttributes;
import org.springframework.core.type.AnnotationMetadata;

import java.util.List;

/**
 * Lets in the auto-configurations that this application is made of and no others: in the all-in-one
 * launcher the classpath also holds a data source, security and web documentation, which are
 * another application's.
 */
class AllowedAutoConfigurations extends AutoConfigurationImportSelector {

    private static final String BOOT = "org.springframework.boot.";

    private static final List<String> ALLOWED =
            List.of(
                    "autoconfigure.context.",
                    "autoconfigure.availability.",
                    "autoconfigure.ssl.",
                    "actuate.autoconfigure.",
                    "health.autoconfigure.",
                    "http.converter.autoconfigure.",
                    "jackson.autoconfigure.",
                    "micrometer.metrics.autoconfigure.",
                    "servlet.autoconfigure.",
                    "tomcat.autoconfigure.",
                    "web.server.autoconfigure.",
                    "webmvc.autoconfigure.");

    /**
     * Counting log events puts a filter before every question whether tracing is on, of which
     * Kafka's clients ask several a record.
     */
    private static final String LOG_COUNTER = "LogbackMetricsAutoConfiguration";

    @Override
    protected List<String> getCandidateConfigurations(
            AnnotationMetadata metadata, @Nullable AnnotationAttributes attributes) {
        return super.getCandidateConfigurations(metadata, attributes).stream()
                .filter(
                        name ->
                                !name.endsWith(LOG_COUNTER)
                                        && ALLOWED.stream()
                                                .anyMatch(
                                                        allowed -> name.startsWith(BOOT + allowed)))
                .toList();
    }

    @Override
    protected Class<?> getAnnotationClass() {
        return IngestApplication.Wired.class;
    }
}
