package dev.daybook.api.view;

import org.springframework.core.io.ClassPathResource;
import org.springframework.http.CacheControl;
import org.springframework.stereotype.Component;
import org.springframework.web.servlet.config.annotation.ResourceHandlerRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;
import org.webjars.WebJarVersionLocator;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;

/** The stylesheet and scripts of the pages, under a version that changes with them. */
@Component
class Assets implements WebMvcConfigurer {

    private static final String OURS = "dev/daybook/api/view/assets/";
    private static final String WEBJARS = "classpath:/META-INF/resources/webjars/";

    private final String version;

    Assets() {
        this.version = version("viewer.css", "viewer.js");
    }

    /** Returns the version, as URLs carry it. */
    String version() {
        return version;
    }

    private static String version(String... names) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (String name : names) {
                try (InputStream content = new ClassPathResource(OURS + name).getInputStream()) {
                    digest.update(content.readAllBytes());
                }
            }
            return HexFormat.of().formatHex(digest.digest(), 0, 6);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256.", e);
        }
    }

    @Override
    public void addResourceHandlers(ResourceHandlerRegistry registry) {
        WebJarVersionLocator webjars = new WebJarVersionLocator();
        registry.addResourceHandler("/view/assets/**")
                .addResourceLocations(
                        "classpath:/" + OURS,
                        WEBJARS + "htmx.org/" + webjars.version("htmx.org") + "/dist/",
                        WEBJARS + "htmx-ext-sse/" + webjars.version("htmx-ext-sse") + "/")
                .setCacheControl(CacheControl.maxAge(Duration.ofDays(365)).cachePublic());
    }
}
