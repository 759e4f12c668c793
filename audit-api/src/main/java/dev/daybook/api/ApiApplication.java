package dev.daybook.api;

import com.zaxxer.hikari.HikariDataSource;

import dev.daybook.api.query.Admission;
import dev.daybook.domain.history.AuditTrail;
import dev.daybook.domain.history.Timeline;
import dev.daybook.service.Service;

import org.apache.catalina.Host;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.Banner;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ComponentScan;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.Environment;
import org.springframework.core.env.MapPropertySource;
import org.springframework.web.servlet.resource.ResourceUrlEncodingFilter;

import java.time.Clock;
import java.util.Map;

/**
 * The REST interface of the audit log.
 *
 * <p>It reads its settings from {@code api.yaml}, not {@code application.yaml}, so that it can
 * stand in one JVM with the other applications.
 */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration(
        excludeName = {
            // Counts log events with a filter that all of a process's loggers then pass.
            "org.springframework.boot.micrometer.metrics.autoconfigure.logging.logback.LogbackMetricsAutoConfiguration",
            // On the class path where all parts are in one JVM; the API needs neither.
            "org.springframework.boot.kafka.autoconfigure.KafkaAutoConfiguration",
            "org.springframework.boot.kafka.autoconfigure.metrics.KafkaMetricsAutoConfiguration",
            "org.springframework.boot.flyway.autoconfigure.FlywayAutoConfiguration",
            "org.springframework.boot.webmvc.autoconfigure.error.ErrorMvcAutoConfiguration",
            // RequestTimes does that for less.
            "org.springframework.boot.webmvc.autoconfigure.WebMvcObservationAutoConfiguration"
        })
@ComponentScan
@EnableConfigurationProperties(ApiSettings.class)
public class ApiApplication {

    /** The API as its messages name it. */
    static final Service SERVICE = new Service("daybook-api", "The API", "docs/reference/rest.md");

    /** Starts the API by itself. */
    public static void main(String[] arguments) {
        SERVICE.start(builder(Map.of()), arguments);
    }

    /**
     * Returns the application, to be run.
     *
     * @param overrides settings that go before all others, such as {@code spring.datasource.url}
     */
    public static SpringApplicationBuilder builder(Map<String, Object> overrides) {
        return new SpringApplicationBuilder(ApiApplication.class)
                .web(WebApplicationType.SERVLET)
                .bannerMode(Banner.Mode.OFF)
                .logStartupInfo(false)
                .properties("spring.config.name=api")
                .initializers(
                        context ->
                                context.getEnvironment()
                                        .getPropertySources()
                                        .addFirst(new MapPropertySource("overrides", overrides)));
    }

    @Bean
    Clock clock() {
        return Clock.systemUTC();
    }

    @Bean
    Timeline timeline(AuditTrail trail) {
        return new Timeline(trail);
    }

    @Bean
    Admission admission(ApiSettings settings, Environment environment) {
        return new Admission(
                environment.getRequiredProperty(
                        "spring.datasource.hikari.maximum-pool-size", Integer.class),
                settings.searches(),
                settings.waiting(),
                settings.longestWait());
    }

    @Bean
    @Order
    WebServerFactoryCustomizer<TomcatServletWebServerFactory> tomcat() {
        return factory -> {
            // A key in a path may hold encoded slashes and backslashes; see the REST package.
            factory.addConnectorCustomizers(
                    connector -> {
                        connector.setEncodedSolidusHandling("passthrough");
                        connector.setEncodedReverseSolidusHandling("passthrough");
                    });
            factory.addContextValves(new GoneCallers());
            factory.addContextCustomizers(
                    context -> ContainerProblems.install((Host) context.getParent()));
        };
    }

    /** The viewer's files carry their version; no link is to be looked at for that. */
    @Bean
    static FilterRegistrationBean<ResourceUrlEncodingFilter> noVersionedLinks() {
        FilterRegistrationBean<ResourceUrlEncodingFilter> filter =
                new FilterRegistrationBean<>(new ResourceUrlEncodingFilter());
        filter.setEnabled(false);
        return filter;
    }

    /** Every connection of the pool has a limit on what one statement may take. */
    @Bean
    static BeanPostProcessor statementTimeout(ObjectProvider<ApiSettings> settings) {
        return new BeanPostProcessor() {
            @Override
            public Object postProcessBeforeInitialization(Object bean, String name) {
                if (bean instanceof HikariDataSource pool && pool.getConnectionInitSql() == null) {
                    pool.setConnectionInitSql(
                            // To compile a statement, or to start processes for it, costs more
                            // than any of ours gains: each reads a bounded number of rows, and is
                            // taken for a large one where a log is.
                            "set statement_timeout = %d; set jit = off; set max_parallel_workers_per_gather = 0"
                                    .formatted(settings.getObject().statementTimeout().toMillis()));
                }
                return bean;
            }
        };
    }
}
