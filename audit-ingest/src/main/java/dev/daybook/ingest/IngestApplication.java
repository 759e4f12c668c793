package dev.daybook.ingest;

import dev.daybook.service.Service;

import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.context.event.ApplicationEnvironmentPreparedEvent;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ComponentScan;
import org.springframework.context.annotation.Import;
import org.springframework.core.Ordered;
import org.springframework.core.env.MapPropertySource;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.time.Clock;
import java.util.Map;

/**
 * The ingest: reads change topics, writes entries. Its defaults are in {@code ingest.yaml}, so that
 * it shares a classpath with other applications.
 */
@SpringBootConfiguration(proxyBeanMethods = false)
@IngestApplication.Wired
@ComponentScan
@EnableConfigurationProperties(IngestProperties.class)
public class IngestApplication {

    /** Brings in the auto-configurations that this application is made of. */
    @Target(ElementType.TYPE)
    @Retention(RetentionPolicy.RUNTIME)
    @Import(AllowedAutoConfigurations.class)
    @interface Wired {
        Class<?>[] exclude() default {};

        String[] excludeName() default {};
    }

    /** The ingest as its messages name it. */
    static final Service SERVICE =
            new Service("daybook-ingest", "The ingest", "docs/reference/ingest.md");

    /** Starts the ingest by itself. */
    public static void main(String[] args) {
        SERVICE.start(builder(Map.of()), args);
    }

    /**
     * Returns the application, ready to be run, alone or in one JVM with others.
     *
     * @param overrides settings that go before all others, such as {@code
     *     spring.kafka.bootstrap-servers}
     */
    public static SpringApplicationBuilder builder(Map<String, Object> overrides) {
        return new SpringApplicationBuilder(IngestApplication.class)
                .properties("spring.config.name=ingest")
                .listeners(new Overrides(Map.copyOf(overrides)));
    }

    @Bean
    Clock clock() {
        return Clock.systemUTC();
    }

    /** Puts settings before all others, as soon as there is an environment to put them in. */
    private record Overrides(Map<String, Object> settings)
            implements ApplicationListener<ApplicationEnvironmentPreparedEvent>, Ordered {

        @Override
        public void onApplicationEvent(ApplicationEnvironmentPreparedEvent event) {
            event.getEnvironment()
                    .getPropertySources()
                    .addFirst(new MapPropertySource("ingest overrides", settings));
        }

        @Override
        public int getOrder() {
            return HIGHEST_PRECEDENCE;
        }
    }
}
