package dev.daybook.api;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.openqa.selenium.By;
import org.openqa.selenium.Cookie;
import org.openqa.selenium.Keys;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The viewer in a real browser: each page in light, dark and on a phone, examined by axe, and used
 * by keys alone. Set {@code daybook.pictures} to a directory to have pictures of the pages there.
 */
class ViewerWalkTest {

    private static final String TEA = "/view/rows/shop/public.products/TEA-03";
    private static AuditDatabase database;
    private static ApiFixture api;
    private static Browser browser;

    @BeforeAll
    static void begin() {
        browser = Browser.open();
        browser.driver().executeCdpCommand("Emulation.setScrollbarsHidden", Map.of("hidden", true));
        database = ShopLog.create(Instant.now(Clock.systemUTC()));
        api = ApiFixture.start(database);
        signIn();
    }

    @AfterAll
    static void end() {
        if (api != null) {
            api.close();
        }
        if (browser != null) {
            browser.close();
        }
    }

    private static void go(String path) {
        browser.go("http://127.0.0.1:" + api.port() + path);
    }

    private static void signIn() {
        go(TEA);
        browser.type("#key", ApiFixture.KEY);
        browser.click("form button[type=submit]");
        browser.find(".version");
    }

    private static Map<String, String> pages() {
        Map<String, String> pages = new LinkedHashMap<>();
        pages.put("home", "/view");
        pages.put(
                "search",
                "/view/search?operation=update&table=public.products&since=7d&-actor=pricing-job");
        pages.put("row", TEA);
        pages.put("row-whole", TEA + "?show=all");
        pages.put("transaction", transaction());
        pages.put("actor", "/view/actors/anna");
        pages.put("actors", "/view/actors");
        pages.put("coverage", "/view/coverage");
        pages.put("rejected", "/view/rejected");
        pages.put("reads", "/view/reads");
        pages.put("live", "/view/live?table=public.products");
        pages.put("words", "/view/words");
        pages.put("none", "/view/search?table=public.products&actor=dora");
        pages.put("failure", "/view/tx/shop/1");
        return pages;
    }

    private static String transaction() {
        go(TEA);
        return browser.find(".version footer a")
                .getAttribute("href")
                .replaceFirst("http://[^/]*", "");
    }

    @Test
    void noPageHasASeriousFaultInLightDarkOrOnAPhone() {
        List<String> faults = new ArrayList<>();
        browser.complaints();
        for (Map.Entry<String, String> page : pages().entrySet()) {
            for (String look : List.of("wide", "dark", "phone")) {
                look(look);
                database.execute("update audit.watermark set complete_until = now()");
                go(page.getValue());
                settle();
                faults.addAll(axe(page.getKey() + " " + look));
                Number overflow =
                        (Number)
                                browser.driver()
                                        .executeScript(
                                                "return document.documentElement.scrollWidth - document.documentElement.clientWidth");
                if (overflow.intValue() > 0) {
                    faults.add(page.getKey() + " " + look + ": is " + overflow + " px too wide");
                }
                picture(page.getKey() + "-" + look);
            }
        }
        look("wide");
        assertThat(faults).isEmpty();
        assertThat(browser.complaints())
                .filteredOn(line -> !line.contains("404") && !line.contains("Canvas2D"))
                .isEmpty();
    }

    @Test
    void theKeyboardAloneLeadsThroughThePages() {
        // Given
        look("wide");
        go("/view");
        settle();

        // When
        press("j");
        String first = focused();
        press("j");
        String second = focused();

        // Then
        assertThat(first).startsWith("Transaction").isNotEqualTo(second);

        // When
        press("t");

        // Then
        browser.find("h1", "Transaction");

        // When
        press("g");
        press("s");

        // Then
        browser.find("h1", "Search");

        // When
        press("/");
        browser.driver().switchTo().activeElement().sendKeys("TEA-03", Keys.ENTER);

        // Then
        browser.find("h1", "TEA-03");

        // When
        press("m");

        // Then
        browser.until("whole row", () -> browser.driver().getCurrentUrl().contains("show=all"));
        press("?");
        browser.find("h1", "Words and signs");
    }

    @Test
    void thePagesWorkWithoutScripts() {
        // Given
        look("wide");
        browser.driver()
                .executeCdpCommand("Emulation.setScriptExecutionDisabled", Map.of("value", true));
        try {
            go("/view/search?table=public.products");

            // When
            browser.driver().findElement(By.name("actor")).sendKeys("anna");
            browser.driver().findElement(By.cssSelector(".sentence button")).click();

            // Then
            browser.find("h2", "by anna");
            browser.click(".tx a.row-name");
            browser.find(".version");
        } finally {
            browser.driver()
                    .executeCdpCommand(
                            "Emulation.setScriptExecutionDisabled", Map.of("value", false));
        }
    }

    @Test
    void theZoneOfTheBrowserIsTheZoneOfThePages() {
        // Given
        look("wide");
        browser.driver()
                .executeCdpCommand(
                        "Emulation.setTimezoneOverride", Map.of("timezoneId", "Europe/Berlin"));
        try {
            go("/view");
            settle();
            go(TEA);

            // Then
            browser.find(".foot", "Europe/Berlin");
        } finally {
            browser.driver()
                    .executeCdpCommand(
                            "Emulation.setTimezoneOverride", Map.of("timezoneId", "UTC"));
            browser.driver().manage().addCookie(new Cookie("daybook_zone", "UTC", "/view"));
        }
    }

    private static void press(String key) {
        browser.driver().switchTo().activeElement().sendKeys(key);
    }

    private static String focused() {
        return browser.driver().switchTo().activeElement().getAttribute("aria-label");
    }

    private static void settle() {
        browser.until(
                "the page's parts",
                () ->
                        browser.driver()
                                .executeScript(
                                        "return document.readyState === 'complete' &&"
                                                + " !document.querySelector('#numbers[hx-get], #facets[hx-get], .htmx-request')"));
    }

    private static void look(String look) {
        boolean phone = look.equals("phone");
        browser.driver()
                .executeCdpCommand(
                        "Emulation.setDeviceMetricsOverride",
                        Map.of(
                                "width",
                                phone ? 390 : 1280,
                                "height",
                                phone ? 844 : 900,
                                "deviceScaleFactor",
                                1,
                                "mobile",
                                phone));
        browser.driver()
                .executeCdpCommand(
                        "Emulation.setEmulatedMedia",
                        Map.of(
                                "features",
                                List.of(
                                        Map.of(
                                                "name",
                                                "prefers-color-scheme",
                                                "value",
                                                look.equals("dark") ? "dark" : "light"))));
    }

    /** Returns the serious and critical findings of axe on the page that is open. */
    private static List<String> axe(String where) {
        browser.driver().executeScript(AXE);
        Object found =
                browser.driver()
                        .executeAsyncScript(
                                "const done = arguments[arguments.length - 1];"
                                        + "axe.run(document, {resultTypes: ['violations']}).then(r => done("
                                        + "r.violations.filter(v => ['serious', 'critical'].includes(v.impact))"
                                        + ".map(v => v.id + ': ' + v.nodes.slice(0, 3).map(n => n.html).join(' '))),"
                                        + "e => done(['axe: ' + e]))");
        List<String> faults = new ArrayList<>();
        for (Object fault : (List<?>) found) {
            faults.add(where + ": " + fault);
        }
        return faults;
    }

    private static final String AXE = axe();

    private static String axe() {
        String version = new org.webjars.WebJarVersionLocator().version("axe-core");
        try (InputStream script =
                ViewerWalkTest.class.getResourceAsStream(
                        "/META-INF/resources/webjars/axe-core/" + version + "/axe.min.js")) {
            return new String(script.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Takes a picture of the whole page, where somebody wants one. */
    private static void picture(String name) {
        String directory = System.getProperty("daybook.pictures");
        if (directory == null) {
            return;
        }
        Map<String, Object> shot =
                browser.driver()
                        .executeCdpCommand(
                                "Page.captureScreenshot",
                                Map.of("format", "png", "captureBeyondViewport", true));
        try {
            Files.createDirectories(Path.of(directory));
            Files.write(
                    Path.of(directory, name + ".png"),
                    java.util.Base64.getDecoder().decode(String.valueOf(shot.get("data"))));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
