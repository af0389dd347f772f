/** Files that are dropped on something or pasted into it. Text is left to whoever takes text. */

import type { Attachment } from "svelte/attachments";

export function takesFiles(take: (files: File[]) => void): Attachment<HTMLElement> {
  return (element) => {
    const over = (event: DragEvent) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = "copy";
      element.dataset["dropping"] = "";
    };
    const left = (event: DragEvent) => {
      if (!element.contains(event.relatedTarget as Node | null)) delete element.dataset["dropping"];
    };
    const dropped = (event: DragEvent) => {
      delete element.dataset["dropping"];
      given(event, event.dataTransfer);
    };
    const pasted = (event: ClipboardEvent) => given(event, event.clipboardData);
    /** Office programs put a picture of a text beside the text: then the text is meant. */
    const given = (event: Event, data: DataTransfer | null) => {
      if (!data || data.files.length === 0 || data.types.includes("text/plain")) return;
      event.preventDefault();
      take([...data.files]);
    };
    element.addEventListener("dragover", over);
    element.addEventListener("dragleave", left);
    element.addEventListener("drop", dropped);
    element.addEventListener("paste", pasted);
    return () => {
      element.removeEventListener("dragover", over);
      element.removeEventListener("dragleave", left);
      element.removeEventListener("drop", dropped);
      element.removeEventListener("paste", pasted);
    };
  };
}
