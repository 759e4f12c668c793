package dev.daybook.api;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.openqa.selenium.By;
import org.openqa.selenium.Cookie;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.interactions.Actions;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The viewer in a real browser: each page in light, dark and on a phone, examined by axe, and used
 * by keys alone. Set {@code daybook.pictures} to a directory to have pictures of the pages there;
 * {@code daybook.view.port} and {@code daybook.view.key} walk the demo of a pipeline that runs.
 */
class ViewerWalkTest {

    /** The port of a demo that runs, or 0 for a log of the test's own. */
    private static final int LIVE = Integer.getInteger("daybook.view.port", 0);

    private static final String KEY = System.getProperty("daybook.view.key", ApiFixture.KEY);
    private static final String PRODUCT = LIVE == 0 ? "TEA-03" : "TEA-01";
    private static final String ACTOR = LIVE == 0 ? "anna" : "pricing-job";
    private static final String ORDER = LIVE == 0 ? "204" : "1";
    private static final String TEA = "/view/rows/shop/public.products/" + PRODUCT;
    private static AuditDatabase database;
    private static ApiFixture api;
    private static Browser browser;

    @BeforeAll
    static void begin() {
        browser = Browser.open();
        browser.driver().executeCdpCommand("Emulation.setScrollbarsHidden", Map.of("hidden", true));
        if (LIVE == 0) {
            database = ShopLog.create(Instant.now(Clock.systemUTC()));
            api = ApiFixture.start(database);
        }
        signIn();
        save();
    }

    /** Saves a search, so that the home page shows one. */
    private static void save() {
        go("/view/search?operation=delete&since=7d");
        browser.click("details.drop:nth-of-type(3) > summary");
        browser.type("#as", "Deleted this week");
        browser.click("details.drop[open] form button[type=submit]");
        go("/view");
        browser.find("#h-views");
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
        browser.go("http://127.0.0.1:" + (LIVE == 0 ? api.port() : LIVE) + path);
    }

    private static void signIn() {
        go(TEA);
        browser.type("#key", KEY);
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
        pages.put("actor", "/view/actors/" + ACTOR);
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
                if (LIVE == 0) {
                    database.execute("update audit.watermark set complete_until = now()");
                }
                go(page.getValue());
                settle();
                faults.addAll(axe(page.getKey(), look));
                if (tooWide() > 0) {
                    faults.add(page.getKey() + " " + look + ": is " + tooWide() + " px too wide");
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
    void longNumbersDoNotWidenThePage() {
        List<String> faults = new ArrayList<>();
        for (String page :
                List.of("/view", "/view/coverage", "/view/actors", "/view/actors/" + ACTOR)) {
            for (String look : List.of("wide", "phone")) {
                // Given
                look(look);
                go(page);
                settle();

                // When
                browser.driver()
                        .executeScript(
                                "document.querySelectorAll('td.num').forEach("
                                        + "cell => cell.textContent = '1,000,000')");

                // Then
                if (tooWide() > 0) {
                    faults.add(page + " " + look + ": is " + tooWide() + " px too wide");
                }
            }
        }
        look("wide");
        assertThat(faults).isEmpty();
    }

    /** Returns by how many pixels the page that is open is wider than the window. */
    private static int tooWide() {
        return ((Number)
                        browser.driver()
                                .executeScript(
                                        "return document.documentElement.scrollWidth - document.documentElement.clientWidth"))
                .intValue();
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
        browser.driver().switchTo().activeElement().sendKeys(PRODUCT, Keys.ENTER);

        // Then
        browser.find("h1", PRODUCT);

        // When
        press("m");

        // Then
        browser.until("whole row", () -> browser.driver().getCurrentUrl().contains("show=all"));
        press("?");
        browser.find("h1", "Words and signs");
    }

    @Test
    void tabReachesEveryControlOfEveryPageAndShowsWhereItIs() {
        look("wide");
        List<String> faults = new ArrayList<>();
        for (Map.Entry<String, String> page : pages().entrySet()) {
            // Given
            go(page.getValue());
            settle();
            Number controls = (Number) browser.driver().executeScript(CONTROLS);

            // When: once around, and over what scrolls and has no name here
            tab(controls.intValue() + 30);

            // Then
            for (Object fault : (List<?>) browser.driver().executeScript("return keyboard()")) {
                faults.add(page.getKey() + ": " + fault);
            }
        }
        assertThat(faults).isEmpty();
    }

    /**
     * Counts the controls that are to be seen, and from now on notes which had the focus; of radio
     * buttons one has it for all.
     */
    private static final String CONTROLS =
            """
            const controls = [...document.querySelectorAll(
                'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]')]
              .filter(e => !e.disabled && e.tabIndex >= 0
                && e.checkVisibility({visibilityProperty: true}));
            const reached = new Set(), dark = new Set();
            const name = e => e.outerHTML.slice(0, 120);
            document.addEventListener('focusin', event => {
              const style = getComputedStyle(event.target);
              reached.add(event.target);
              if (style.outlineStyle === 'none' || parseFloat(style.outlineWidth) < 2)
                dark.add(event.target);
            }, true);
            const ofGroup = e => e.type === 'radio'
              && [...reached].some(r => r.type === 'radio' && r.name === e.name);
            window.keyboard = () => [
              ...controls.filter(e => e.isConnected && !reached.has(e) && !ofGroup(e))
                .map(e => 'not reached: ' + name(e)),
              ...[...dark].map(e => 'no visible focus: ' + name(e))];
            document.activeElement.blur();
            return controls.length;
            """;

    private static void tab(int times) {
        Actions keys = new Actions(browser.driver(), Duration.ZERO);
        for (int i = 0; i < times; i++) {
            keys.sendKeys(Keys.TAB);
        }
        keys.perform();
    }

    /** Presses Tab until an element has the focus, as somebody does who cannot click. */
    private static WebElement tabTo(String selector) {
        for (int i = 0; i < 300; i++) {
            tab(1);
            Object focused =
                    browser.driver()
                            .executeScript(
                                    "const e = document.activeElement;"
                                            + " return e.matches(arguments[0]) ? e : null",
                                    selector);
            if (focused instanceof WebElement found) {
                return found;
            }
        }
        throw new AssertionError("Tab does not lead to " + selector);
    }

    @Test
    void menusSwitchesAndTheSliderWorkByKeysAlone() {
        // Given
        look("wide");
        go("/view/search?table=public.products");
        settle();

        // When
        WebElement export = tabTo("details.drop:nth-of-type(2) > summary");
        export.sendKeys(Keys.ENTER);
        browser.find("details.drop[open] a[href*='format=csv']");
        tab(1);
        assertThat(browser.driver().switchTo().activeElement().getAttribute("href"))
                .contains("format=csv");
        press(Keys.ESCAPE.toString());

        // Then
        browser.until(
                "the menu is closed",
                () ->
                        browser.driver()
                                .findElements(By.cssSelector("details.drop[open]"))
                                .isEmpty());
        assertThat(browser.driver().switchTo().activeElement()).isEqualTo(export);
        export.sendKeys(Keys.SPACE);
        browser.find("details.drop[open] a[href*='format=ndjson']");
        tab(3);
        browser.until(
                "the menu closes behind the focus",
                () ->
                        browser.driver()
                                .findElements(By.cssSelector("details.drop[open]"))
                                .isEmpty());

        // When
        go(TEA);
        tabTo("input[name=show]").sendKeys(Keys.ARROW_RIGHT);
        tabTo("form.tools button").sendKeys(Keys.ENTER);

        // Then
        browser.until("whole row", () -> browser.driver().getCurrentUrl().contains("show=all"));

        // When
        go(TEA);
        tabTo("input[type=range]").sendKeys(Keys.ARROW_LEFT);

        // Then
        browser.until("an earlier row", () -> browser.driver().getCurrentUrl().contains("at="));

        // When
        go("/view/live");
        tabTo("[data-pause]").sendKeys(Keys.SPACE);

        // Then
        browser.find("[data-pause][aria-pressed=true]").sendKeys(Keys.ENTER);
        browser.find("[data-pause][aria-pressed=false]");
    }

    /** How long somebody takes to find, read and press one thing, generously. */
    private static final Duration A_STEP = Duration.ofSeconds(6);

    /**
     * What an auditor does for an answer: the steps are counted, each for its time and that of the
     * pages.
     */
    private static final class Auditor {

        private final long begun = System.nanoTime();
        private int steps;

        Auditor() {
            look("wide");
            browser.driver().manage().deleteAllCookies();
            go("/view");
            type("#key", KEY);
            click("form button[type=submit]");
            browser.find("h1", "What changed");
        }

        void click(String selector) {
            steps++;
            browser.click(selector);
        }

        void click(String selector, String text) {
            steps++;
            WebElement element = browser.find(selector, text);
            browser.driver()
                    .executeScript(
                            "arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})",
                            element);
            element.click();
        }

        void type(String selector, CharSequence... text) {
            steps++;
            WebElement field = browser.find(selector);
            field.clear();
            field.sendKeys(text);
        }

        /** Gives a day in the field for it, which has parts to type into. */
        void day(Instant at) {
            steps++;
            browser.driver()
                    .executeScript(
                            "arguments[0].value = arguments[1]",
                            browser.find("#asof input[name=at]"),
                            at.truncatedTo(ChronoUnit.SECONDS).toString().replace("Z", ""));
        }

        void sees(String selector, String text) {
            browser.find(selector, text);
        }

        void isDone(String question) {
            double pages = (System.nanoTime() - begun) / 1e9;
            System.out.printf(
                    "%s: %d steps, %.1f s of pages; %.0f s with %d s for a step%n",
                    question, steps, pages, pages + steps * A_STEP.toSeconds(), A_STEP.toSeconds());
            assertThat(steps * A_STEP.toSeconds()).as("seconds, %s", question).isLessThan(55);
        }
    }

    @Test
    void whoChangedThePriceAndWhatElseTheyDidThatHourIsFoundWithinAMinute() {
        Auditor auditor = new Auditor();
        auditor.type("#q", "TEA-01", Keys.ENTER);
        auditor.sees("h1", "TEA-01");
        auditor.click("form.tools select option", "price");
        auditor.click("form.tools button");
        auditor.sees(".version .who", LIVE == 0 ? "bert" : "");
        picture("walk-price", 700);
        auditor.click(".version:has(.who) footer a");
        auditor.sees("h2", LIVE == 0 ? "What else did bert do" : "What else did");
        picture("walk-transaction", 700);
        auditor.click("a", "All of that hour");
        auditor.sees("h1", "Search");
        auditor.sees(".tx", LIVE == 0 ? "bert" : "");
        settle();
        picture("walk-hour", 900);
        auditor.isDone("Who changed the price, and what else did they do that hour?");
    }

    @Test
    void whatAnOrderLookedLikeOnADayIsFoundWithinAMinute() {
        Auditor auditor = new Auditor();
        auditor.type("#q", "order " + ORDER, Keys.ENTER);
        auditor.sees("h1", ORDER);
        auditor.day(
                Instant.now(Clock.systemUTC())
                        .minus(LIVE == 0 ? Duration.ofDays(4) : Duration.ofSeconds(20)));
        auditor.click("#asof form button");
        auditor.sees("#asof .data", LIVE == 0 ? "paid" : "status");
        picture("walk-as-it-was", 900);
        auditor.isDone("What did this order look like four days ago?");
    }

    @Test
    void whatNobodySignedThisWeekIsASpreadsheetWithinAMinute() {
        Auditor auditor = new Auditor();
        auditor.type("#q", "unattributed:true since:7d", Keys.ENTER);
        auditor.sees("h1", "Search");
        auditor.click("details.drop summary", "Export");
        settle();
        picture("walk-export", 900);
        String address =
                browser.find("details.drop[open] a[href*='format=csv']").getAttribute("href");
        auditor.isDone("Everything that nobody signed this week, as a spreadsheet");
        assertThat(downloaded(address))
                .startsWith("committed_at,source,table,key,operation,field,from,to")
                .contains("# complete: ");
    }

    /** Fetches an address as the browser does, with its session. */
    private static String downloaded(String address) {
        return String.valueOf(
                browser.driver()
                        .executeAsyncScript(
                                "const done = arguments[1];"
                                        + "fetch(arguments[0]).then(r => r.text()).then(done, e => done('' + e))",
                                address));
    }

    @Test
    @DisabledIfSystemProperty(named = "daybook.view.port", matches = ".*")
    void theHomePageSaysThatTheCaptureStandsStillAndWhere() {
        // Given
        database.execute("update audit.watermark set recorded_at = now() - interval '1 hour'");

        // When
        go("/view");

        // Then
        browser.find("p.gap", "shop stands still since");
        database.execute("update audit.watermark set recorded_at = now()");
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
            browser.driver().findElement(By.name("actor")).sendKeys(ACTOR);
            browser.driver().findElement(By.cssSelector(".sentence button")).click();

            // Then
            browser.find("h2", "by " + ACTOR);
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

    /**
     * Returns the serious and critical findings of axe on the page that is open: all of the page as
     * it is wide, its colours alone in the dark, and all but its colours on a phone.
     */
    private static List<String> axe(String page, String look) {
        String rules =
                switch (look) {
                    case "dark" ->
                            ", runOnly: {type: 'rule', values: ['color-contrast', 'link-in-text-block']}";
                    case "phone" -> ", rules: {'color-contrast': {enabled: false}}";
                    default -> "";
                };
        browser.driver().executeScript(AXE);
        Object found =
                browser.driver()
                        .executeAsyncScript(
                                "const done = arguments[arguments.length - 1];"
                                        + "axe.run(document, {resultTypes: ['violations']"
                                        + rules
                                        + "}).then(r => done("
                                        + "r.violations.filter(v => ['serious', 'critical'].includes(v.impact))"
                                        + ".map(v => v.id + ': ' + v.nodes.slice(0, 3).map(n => n.html).join(' '))),"
                                        + "e => done(['axe: ' + e]))");
        List<String> faults = new ArrayList<>();
        for (Object fault : (List<?>) found) {
            faults.add(page + " " + look + ": " + fault);
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
        picture(name, Map.of());
    }

    /** Takes a picture of the page's upper part likewise, this many pixels of it. */
    private static void picture(String name, int height) {
        picture(
                name,
                Map.of(
                        "clip",
                        Map.of("x", 0, "y", 0, "width", 1280, "height", height, "scale", 1)));
    }

    private static void picture(String name, Map<String, Object> part) {
        String directory = System.getProperty("daybook.pictures");
        if (directory == null) {
            return;
        }
        Map<String, Object> options = new LinkedHashMap<>(part);
        options.put("format", "png");
        options.put("captureBeyondViewport", true);
        Map<String, Object> shot =
                browser.driver().executeCdpCommand("Page.captureScreenshot", options);
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
