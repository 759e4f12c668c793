package dev.daybook.api;

import org.junit.jupiter.api.Assumptions;
import org.openqa.selenium.By;
import org.openqa.selenium.Dimension;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.StaleElementReferenceException;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;
import org.openqa.selenium.support.ui.WebDriverWait;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.stream.Stream;

/**
 * A Chromium without a window, of the machine's packages {@code chromium} and {@code
 * chromium-driver}, that reaches this machine alone. A test that opens one is skipped where the
 * packages are missing.
 */
public final class Browser implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final ChromeDriver driver;

    private Browser(ChromeDriver driver) {
        this.driver = driver;
    }

    /** Opens a browser with an empty profile, or skips the test that asks for one. */
    public static Browser open() {
        Optional<Path> chromium = program("chromium");
        Optional<Path> driver = program("chromedriver");
        Assumptions.assumeTrue(
                chromium.isPresent() && driver.isPresent(),
                "No Chromium on the PATH: install Debian's chromium and chromium-driver to have the"
                        + " pages tried in it.");
        ChromeOptions options = new ChromeOptions();
        options.setBinary(chromium.orElseThrow().toFile());
        options.addArguments(
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--no-proxy-server",
                "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1");
        LoggingPreferences logs = new LoggingPreferences();
        logs.enable(LogType.BROWSER, Level.ALL);
        options.setCapability("goog:loggingPrefs", logs);
        ChromeDriver started =
                new ChromeDriver(
                        new ChromeDriverService.Builder()
                                .usingDriverExecutable(driver.orElseThrow().toFile())
                                .build(),
                        options);
        started.manage().window().setSize(new Dimension(1280, 1000));
        return new Browser(started);
    }

    private static Optional<Path> program(String name) {
        return Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
                .map(directory -> Path.of(directory, name))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /** The driver, for what the methods here do not do. */
    public ChromeDriver driver() {
        return driver;
    }

    public void go(String url) {
        driver.get(url);
    }

    /** Returns the first element of a CSS selector, as soon as it is to be seen. */
    public WebElement find(String selector) {
        return until(
                selector,
                () -> all(selector).filter(WebElement::isDisplayed).findFirst().orElse(null));
    }

    /** Returns the first element of a CSS selector that shows a text, as soon as there is one. */
    public WebElement find(String selector, String text) {
        return until(
                selector + " with \"" + text + "\"",
                () ->
                        all(selector)
                                .filter(element -> element.getText().contains(text))
                                .findFirst()
                                .orElse(null));
    }

    private Stream<WebElement> all(String selector) {
        return driver.findElements(By.cssSelector(selector)).stream();
    }

    /** Clicks the first element of a CSS selector, as soon as it is to be seen. */
    public void click(String selector) {
        WebElement element = find(selector);
        driver.executeScript(
                "arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", element);
        element.click();
    }

    /** Types into the first element of a CSS selector, in place of what it holds. */
    public void type(String selector, String text) {
        WebElement element = find(selector);
        element.clear();
        element.sendKeys(text);
    }

    /** Waits until a supplier has something other than null and false. */
    public <T> T until(String what, Supplier<T> found) {
        return new WebDriverWait(driver, PATIENCE, Duration.ofMillis(50))
                .ignoring(StaleElementReferenceException.class)
                .withMessage(() -> what + " does not come at " + driver.getCurrentUrl())
                .until(ignored -> found.get());
    }

    /** Returns what the browser's console has said since the last call, warnings and worse. */
    public List<String> complaints() {
        return driver.manage().logs().get(LogType.BROWSER).getAll().stream()
                .filter(entry -> entry.getLevel().intValue() >= Level.WARNING.intValue())
                .map(LogEntry::getMessage)
                .toList();
    }

    /** Writes what is to be seen as a PNG file, for whoever writes a test. */
    public void screenshot(Path file) {
        try {
            Files.write(file, driver.getScreenshotAs(OutputType.BYTES));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        driver.quit();
    }
}
