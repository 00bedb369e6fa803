import { CSPProvider } from "@base-ui/react/csp-provider";
import { i18n } from "@lingui/core";
import { I18nProvider } from "@lingui/react";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Notes } from "@/components/layout/notes";
import { followLanguageChanges, speak, wantedLanguage } from "@/lib/language";
import { followThemeChanges } from "@/lib/theme";
import { PartsPage } from "./parts-page";
import "../styles.css";

followThemeChanges();
followLanguageChanges();

async function start(container: HTMLElement): Promise<void> {
  await speak(wantedLanguage());
  createRoot(container).render(
    <StrictMode>
      <I18nProvider i18n={i18n}>
        <CSPProvider disableStyleElements>
          <PartsPage />
          <Notes />
        </CSPProvider>
      </I18nProvider>
    </StrictMode>,
  );
}

const container = document.getElementById("root");
if (!container) throw new Error("parts.html has no #root");
void start(container);
